import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asSequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import { WsDialer } from '@feedmill/producer/live/adapters/ws-dialer';
import { FetchClient } from '@feedmill/producer/net/adapters/fetch-client';
import { NodeTcpDialer } from '@feedmill/producer/net/adapters/node-tcp-dialer';
import type { SourceState } from '@feedmill/producer/net/source-state';
import { openSource } from '@feedmill/producer/registry';
import { silentLogger } from '@feedmill/producer/sdk/logger';
import type { Source } from '@feedmill/producer/source';
import { parseSourceSpec } from '@feedmill/producer/source-spec';
import { FeedState } from '@feedmill/proto/feedmill/v1/event_pb';
import { until } from './waiting.ts';

/** What a start of a source leaves to the next, in memory. */
export class MemoryState implements SourceState {
  text: string | undefined;

  async load(): Promise<string | undefined> {
    return this.text;
  }

  async save(text: string): Promise<void> {
    this.text = text;
  }
}

/** A live source on the real network, read into memory until it is stopped. */
export class LiveReading {
  readonly events: FeedEvent[] = [];
  readonly warnings: string[] = [];
  readonly #source: Source;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #isHeld = false;
  #release: (() => void) | undefined;

  constructor(spec: string, { after = 0, state = new MemoryState() } = {}) {
    const clock = systemClock();
    this.#source = openSource(parseSourceSpec(spec), {
      clock,
      files: {
        sizeOf: async () => 0,
        list: async () => [],
        read: () => {
          throw new Error('a live source reads no files');
        },
      },
      warn: (sentence) => this.warnings.push(sentence),
      network: {
        random: Math.random,
        dialer: new WsDialer(),
        http: new FetchClient(),
        tcp: new NodeTcpDialer(),
        stateOf: () => state,
        logger: silentLogger,
      },
    });
    this.#ended = this.#read(after);
  }

  /** Takes no more events from the source, as an SDK whose buffer is full. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#release?.();
  }

  get problems(): Readonly<Record<string, number>> {
    return this.#source.progress().problems;
  }

  /** Events of a kind. */
  of(kind: FeedEvent['body']['case']): FeedEvent[] {
    return this.events.filter(({ body }) => body.case === kind);
  }

  /** Statuses of the feed, as `CONNECTED`, in their order. */
  get statuses(): string[] {
    return this.of('feedStatus').map(({ body }) => {
      const state = body.case === 'feedStatus' ? body.value.state : undefined;
      return Object.entries(FeedState).find(([, number]) => number === state)?.[0] ?? 'NONE';
    });
  }

  get #reasons(): Record<string, unknown> {
    const last = this.of('feedStatus').at(-1)?.body;
    return { last: last?.case === 'feedStatus' ? last.value.reason : undefined };
  }

  async until(what: string, ask: (reading: LiveReading) => boolean, withinMs = 30_000) {
    await until(what, () => ask(this), {
      withinMs,
      seen: () => ({
        statuses: this.statuses,
        ...this.#reasons,
        events: this.events.length,
        ...this.problems,
      }),
    });
  }

  async stop(): Promise<void> {
    this.release();
    this.#stop.abort();
    await this.#ended;
  }

  async #read(after: number): Promise<void> {
    for await (const events of this.#source.events(asSequence(after), this.#stop.signal)) {
      this.events.push(...events);
      while (this.#isHeld) {
        await new Promise<void>((resolve) => {
          this.#release = resolve;
        });
      }
    }
  }
}
