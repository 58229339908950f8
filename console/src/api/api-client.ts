import {
  decodeAccess,
  decodeAlert,
  decodeBar,
  decodeConsolidated,
  decodeFeed,
  decodeGap,
  decodeInstrument,
  decodeNews,
  decodeQuote,
  decodeRegion,
  decodeShard,
  decodeTrade,
} from './decode.ts';
import { itemsOf, JsonFields } from './json-fields.ts';
import { REQUEST_MS_MAX, REQUEST_TRIES_MAX, RETRY_AFTER_MS_MAX } from './limits.ts';
import { ApiProblem } from './problem.ts';
import type {
  Access,
  Bar,
  ConsolidatedQuote,
  Gap,
  Instrument,
  NewsItem,
  Overview,
  Quote,
  Trade,
} from './shapes.ts';

export interface ApiClientDeps {
  fetch(input: string, init: RequestInit): Promise<Response>;
  /** Ends a request after so many milliseconds. */
  timeout(ms: number): AbortSignal;
  wait(ms: number): Promise<void>;
  key(): string | undefined;
}

type Params = Readonly<Record<string, string | number | undefined>>;

/** Every call of the console to the gateway. */
export class ApiClient {
  readonly #deps: ApiClientDeps;

  constructor(deps: ApiClientDeps) {
    this.#deps = deps;
  }

  async access(): Promise<Access> {
    return decodeAccess(await this.get('/v1/access', {}));
  }

  async overview(): Promise<Overview> {
    const [feeds, shards, regions, alerts] = await Promise.all([
      this.get('/v1/feeds', {}),
      this.get('/v1/shards', {}),
      this.get('/v1/regions', {}),
      this.get('/v1/alerts', {}),
    ]);
    return {
      feeds: itemsOf(feeds, decodeFeed),
      shards: itemsOf(shards, decodeShard),
      regions: itemsOf(regions, decodeRegion),
      alerts: itemsOf(alerts, decodeAlert),
    };
  }

  async searchInstruments(search: string, limit: number): Promise<Instrument[]> {
    return itemsOf(await this.get('/v1/instruments', { search, limit }), decodeInstrument);
  }

  async instrument(name: string): Promise<Instrument | undefined> {
    return decodeInstrument(await this.get(`/v1/instruments/${encodeURIComponent(name)}`, {}));
  }

  /** Newest first. */
  async trades(instrument: string, limit: number): Promise<Trade[]> {
    return itemsOf(await this.get('/v1/trades', { instrument, limit, order: 'desc' }), decodeTrade);
  }

  async bars(instrument: string, step: string, fromMs: number, toMs: number): Promise<Bar[]> {
    const from = new Date(fromMs).toISOString();
    const to = new Date(toMs).toISOString();
    return itemsOf(await this.get('/v1/bars', { instrument, step, from, to }), decodeBar);
  }

  /** The newest of every venue where the instrument's asset trades. */
  async venueQuotes(instrument: string): Promise<Quote[]> {
    const answer = await this.get('/v1/quotes/latest', { instrument, venues: 'all' });
    return itemsOf(answer, decodeQuote);
  }

  async consolidatedQuote(instrument: string): Promise<ConsolidatedQuote> {
    return decodeConsolidated(await this.get('/v1/cbbo/latest', { instrument }));
  }

  async news(instrument: string, limit: number): Promise<NewsItem[]> {
    const answer = await this.get('/v1/news', { instrument, limit, order: 'desc' });
    return itemsOf(answer, (item) => decodeNews(item, instrument));
  }

  async gaps(instrument: string, limit: number): Promise<Gap[]> {
    return itemsOf(await this.get('/v1/gaps', { instrument, limit, order: 'desc' }), decodeGap);
  }

  /** The live stream of some topics, behind a cursor where there is one. */
  async openLive(
    topics: readonly string[],
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (cursor !== undefined) headers['last-event-id'] = cursor;
    return await this.#fetch('/v1/live', { topics: topics.join(',') }, { headers, signal });
  }

  /**
   * Asks, and asks again where the gateway has too much to do just now and says when to come back.
   *
   * @throws ApiProblem
   */
  async get(path: string, params: Params): Promise<JsonFields> {
    const headers = { accept: 'application/json' };
    for (let tries = 1; ; tries += 1) {
      try {
        const signal = this.#deps.timeout(REQUEST_MS_MAX);
        const response = await this.#fetch(path, params, { headers, signal });
        return new JsonFields(await response.json());
      } catch (thrown) {
        const { retryAfterMs } = ApiProblem.from(thrown);
        const isSoon = retryAfterMs !== undefined && retryAfterMs <= RETRY_AFTER_MS_MAX;
        if (!isSoon || tries === REQUEST_TRIES_MAX) throw thrown;
        await this.#deps.wait(retryAfterMs);
      }
    }
  }

  /** @throws ApiProblem */
  async send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: unknown): Promise<void> {
    const signal = this.#deps.timeout(REQUEST_MS_MAX);
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers };
    await this.#fetch(path, {}, { ...init, method, signal });
  }

  async #fetch(path: string, params: Params, init: RequestInit): Promise<Response> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) {
      if (value !== undefined) query.set(name, String(value));
    }
    const search = query.size === 0 ? '' : `?${query}`;
    const headers = new Headers(init.headers);
    const key = this.#deps.key();
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    let response: Response;
    try {
      response = await this.#deps.fetch(`${path}${search}`, {
        ...init,
        headers,
        cache: 'no-store',
      });
    } catch (thrown) {
      throw ApiProblem.from(thrown);
    }
    if (!response.ok) throw await ApiProblem.ofResponse(response);
    return response;
  }
}
