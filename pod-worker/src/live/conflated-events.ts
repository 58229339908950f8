import type { FeedSymbol } from '@feedmill/core/event';
import { BodyField } from '@feedmill/core/wire/wire-format';
import { encodeResponse, type LiveEntry, type LiveEvent, type LiveHeader } from './live-entry.ts';

/** Kinds of which the newest says what the earlier ones did. */
const LATEST_COUNTS: ReadonlySet<number> = new Set([
  BodyField.trade,
  BodyField.quote,
  BodyField.consolidatedQuote,
  BodyField.status,
  BodyField.feedStatus,
]);

interface KeptEvent {
  readonly entry: LiveEntry;
  readonly event: LiveEvent;
}

/** What a slow reader gets instead of everything: the newest of each symbol and kind. */
export class ConflatedEvents {
  readonly #keysMax: number;
  readonly #kept = new Map<string, KeptEvent>();
  #leftOut = 0;

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0 && this.#leftOut === 0;
  }

  add(entry: LiveEntry, event: LiveEvent): void {
    const symbol = entry.symbols[event.symbol] as FeedSymbol;
    const { publisherId, venue, rawSymbol } = symbol;
    const key = `${entry.producer} ${event.kind} ${publisherId} ${venue} ${rawSymbol}`;
    const isKnown = this.#kept.has(key);
    if (!LATEST_COUNTS.has(event.kind) || (!isKnown && this.#kept.size >= this.#keysMax)) {
      this.#leftOut += 1;
      return;
    }
    if (isKnown) {
      this.#leftOut += 1;
      // To the end: what is kept stays in the order in which it came.
      this.#kept.delete(key);
    }
    this.#kept.set(key, { entry, event });
  }

  /**
   * The next response that stands for what was added; call it until `isEmpty`.
   *
   * @param from position that the reader had before; the last response says `to`
   */
  next(from: number, to: number): Buffer {
    const first = this.#kept.values().next().value;
    const events: LiveEvent[] = [];
    for (const [key, { entry, event }] of this.#kept) {
      if (entry !== first?.entry) break;
      events.push(event);
      this.#kept.delete(key);
    }
    // Only with the last of them is the reader past everything that was left out.
    if (this.#kept.size > 0) return encodeResponse(header(first, from), events, 0);
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return encodeResponse(header(first, to), events, leftOut);
  }
}

function header(kept: KeptEvent | undefined, position: number): LiveHeader {
  if (kept === undefined) {
    return { position, producer: '', firstSequence: 0, tsInit: 0n, epoch: 0, symbols: [] };
  }
  const { producer, firstSequence, tsInit, epoch, symbols } = kept.entry;
  return { position, producer, firstSequence, tsInit, epoch, symbols };
}
