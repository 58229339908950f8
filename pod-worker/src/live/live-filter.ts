import type { FeedSymbol } from '@feedmill/core/event';
import { BODY_FIELD_MAX, BODY_FIELD_MIN } from '@feedmill/core/wire/wire-format';
import type { SubscribeRequest } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { status } from '@grpc/grpc-js';
import type { Refusal } from '../ingest/refusal.ts';
import type { LiveEntry, LiveEvent } from './live-entry.ts';

/** Which events a subscriber wants. */
export class LiveFilter {
  readonly #producers: ReadonlySet<string> | undefined;
  readonly #kinds: ReadonlySet<number> | undefined;
  readonly #symbols: readonly FeedSymbol[] | undefined;

  constructor(request: Pick<SubscribeRequest, 'producers' | 'kinds' | 'symbols'>) {
    const { producers, kinds, symbols } = request;
    this.#producers = producers.length === 0 ? undefined : new Set(producers);
    this.#kinds = kinds.length === 0 ? undefined : new Set<number>(kinds);
    this.#symbols = symbols.length === 0 ? undefined : symbols;
  }

  /** Why a request cannot be served, or undefined. */
  static fault(request: SubscribeRequest, filtersMax: number): Refusal | undefined {
    const { producers, kinds, symbols } = request;
    const entries = producers.length + symbols.length + kinds.length;
    if (entries > filtersMax) {
      return {
        code: status.INVALID_ARGUMENT,
        details:
          `The filters have ${entries} entries, ${filtersMax} are allowed; ` +
          'ask for more and filter at your side.',
      };
    }
    const unknown = kinds.find((kind) => kind < BODY_FIELD_MIN || kind > BODY_FIELD_MAX);
    if (unknown === undefined) return undefined;
    return {
      code: status.INVALID_ARGUMENT,
      details:
        `There is no event kind ${unknown}; kinds go from ${BODY_FIELD_MIN} to ` +
        `${BODY_FIELD_MAX}, as in EventKind of subscribe.proto.`,
    };
  }

  /** Whether everything passes, so that nothing needs to be looked at. */
  get isOpen(): boolean {
    return (
      this.#producers === undefined && this.#kinds === undefined && this.#symbols === undefined
    );
  }

  /** The events of an entry that pass. */
  select(entry: LiveEntry): readonly LiveEvent[] {
    if (this.#producers !== undefined && !this.#producers.has(entry.producer)) return [];
    if (this.#kinds === undefined && this.#symbols === undefined) return entry.events;
    const wanted = entry.symbols.map((symbol) => this.#wants(symbol));
    return entry.events.filter(
      ({ kind, symbol }) => (this.#kinds?.has(kind) ?? true) && wanted[symbol] === true,
    );
  }

  #wants(symbol: FeedSymbol): boolean {
    if (this.#symbols === undefined) return true;
    return this.#symbols.some(
      ({ publisherId, venue, rawSymbol }) =>
        (publisherId === 0 || publisherId === symbol.publisherId) &&
        (venue === '' || venue === symbol.venue) &&
        (rawSymbol === '' || rawSymbol === symbol.rawSymbol),
    );
  }
}
