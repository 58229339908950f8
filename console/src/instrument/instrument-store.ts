import { signal } from '@preact/signals';
import {
  decodeBar,
  decodeConsolidated,
  decodeGap,
  decodeNews,
  decodeQuote,
  decodeTrade,
} from '../api/decode.ts';
import { JsonFields } from '../api/json-fields.ts';
import type {
  Bar,
  ConsolidatedQuote,
  Gap,
  Instrument,
  NewsItem,
  Quote,
  Trade,
} from '../api/shapes.ts';
import type { SseMessage } from '../api/sse-parser.ts';

/** What the tape shows; more scroll by faster than anyone reads. */
export const TAPE_TRADES_MAX = 80;
export const NEWS_MAX = 50;
export const GAPS_MAX = 50;
/** Trades and bars that wait for the next picture; a hidden page draws one a second. */
const WAITING_MAX = 20_000;

interface ForChart {
  readonly bars: readonly Bar[];
  readonly trades: readonly Trade[];
}

/**
 * What the page of one instrument shows. Messages gather until the next picture is drawn, so that
 * a burst costs one drawing.
 */
export class InstrumentStore {
  readonly name: string;
  readonly instrument = signal<Instrument | undefined>(undefined);
  readonly consolidated = signal<ConsolidatedQuote | undefined>(undefined);
  readonly venueQuotes = signal<readonly Quote[]>([]);
  /** Newest first. */
  readonly tape = signal<readonly Trade[]>([]);
  readonly news = signal<readonly NewsItem[]>([]);
  readonly gaps = signal<readonly Gap[]>([]);
  /** Counts whenever the stream began anew, so that what was loaded before may be out of date. */
  readonly loads = signal(0);
  #bars: Bar[] = [];
  #trades: Trade[] = [];
  #tape: Trade[] = [];
  readonly #quotes = new Map<string, Quote>();
  #hasNewQuotes = false;
  #consolidated: ConsolidatedQuote | undefined;

  constructor(name: string) {
    this.name = name;
  }

  loadTape(trades: readonly Trade[]): void {
    this.tape.value = merged(trades, this.tape.value);
  }

  loadQuotes(quotes: readonly Quote[]): void {
    for (const quote of quotes) this.#takeQuote(quote);
    this.show();
  }

  message({ event, data }: SseMessage): void {
    const json = new JsonFields(JSON.parse(data));
    switch (event) {
      case 'trade': {
        const trade = decodeTrade(json);
        push(this.#trades, trade, WAITING_MAX);
        push(this.#tape, trade, TAPE_TRADES_MAX);
        return;
      }
      case 'bar':
        push(this.#bars, decodeBar(json), WAITING_MAX);
        return;
      case 'quote': {
        const quote = decodeQuote(json);
        if (quote !== undefined) this.#takeQuote(quote);
        return;
      }
      case 'cbbo':
        this.#consolidated = decodeConsolidated(json);
        return;
      case 'news': {
        const item = decodeNews(json, this.name);
        if (item !== undefined) this.news.value = [item, ...this.news.value].slice(0, NEWS_MAX);
        return;
      }
      case 'gap': {
        const gap = decodeGap(json);
        if (gap !== undefined) this.gaps.value = [gap, ...this.gaps.value].slice(0, GAPS_MAX);
      }
    }
  }

  /** Shows what gathered since the last picture. */
  show(): void {
    if (this.#tape.length > 0) this.tape.value = merged(this.#tape, this.tape.value);
    this.#tape = [];
    if (this.#consolidated !== undefined) this.consolidated.value = this.#consolidated;
    this.#consolidated = undefined;
    if (this.#hasNewQuotes) this.venueQuotes.value = [...this.#quotes.values()];
    this.#hasNewQuotes = false;
  }

  /** What came for the chart since it took the last. */
  takeForChart(): ForChart {
    const taken = { bars: this.#bars, trades: this.#trades };
    this.#bars = [];
    this.#trades = [];
    return taken;
  }

  #takeQuote(quote: Quote): void {
    const known = this.#quotes.get(quote.venue);
    if (known !== undefined && known.timeNanos > quote.timeNanos) return;
    this.#quotes.set(quote.venue, quote);
    this.#hasNewQuotes = true;
  }
}

/** Adds an item; at the bound the oldest goes. */
function push<T>(waiting: T[], item: T | undefined, itemsMax: number): void {
  if (item === undefined) return;
  waiting.push(item);
  if (waiting.length > itemsMax) waiting.shift();
}

/** Newest first, each once: a trade may come by query and live. */
function merged(newer: readonly Trade[], older: readonly Trade[]): readonly Trade[] {
  const known = new Set<string>();
  const all = [...newer, ...older].filter(({ key }) => {
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
  return all
    .toSorted((a, b) => (a.timeNanos < b.timeNanos ? 1 : a.timeNanos > b.timeNanos ? -1 : 0))
    .slice(0, TAPE_TRADES_MAX);
}
