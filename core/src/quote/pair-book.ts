import { UNDEF_PRICE } from '../event.ts';
import type { AssetPair } from '../reference/asset-pair.ts';
import { bigintFromHalves } from '../wire/int64-halves.ts';
import { type Cbbo, consolidatedState } from './cbbo.ts';
import type { VenueQuote } from './venue-quote.ts';

/** One instrument of a pair, and everyone who quotes it. */
interface Venue {
  readonly instrumentId: bigint;
  readonly quotes: VenueQuote[];
}

/** A pair that only one venue quotes is not consolidated: its quotes are there already. */
const VENUES_MIN = 2;

/** The quotes of one asset pair, and the best of them. A pure function of the calls. */
export class PairBook {
  readonly pair: AssetPair;
  readonly #venues: Venue[] = [];
  #last: Cbbo | undefined;
  #supersededQuotes = 0;

  constructor(pair: AssetPair) {
    this.pair = pair;
  }

  get venueCount(): number {
    return this.#venues.length;
  }

  /** The best of now, as it was emitted last; undefined before the second venue. */
  get last(): Cbbo | undefined {
    return this.#last;
  }

  set last(cbbo: Cbbo | undefined) {
    this.#last = cbbo;
    this.#supersededQuotes = 0;
  }

  get supersededQuotes(): number {
    return this.#supersededQuotes;
  }

  set supersededQuotes(count: number) {
    this.#supersededQuotes = count;
  }

  /** Everyone who quotes the pair, in an order that `add` makes again. */
  *quotes(): Generator<VenueQuote> {
    for (const { quotes } of this.#venues) yield* quotes;
  }

  add(quote: VenueQuote): void {
    const { id: instrumentId } = quote.instrument;
    const venue = this.#venues.find((each) => each.instrumentId === instrumentId);
    if (venue === undefined) this.#venues.push({ instrumentId, quotes: [quote] });
    else venue.quotes.push(quote);
    quote.book = this;
  }

  remove(quote: VenueQuote): void {
    const at = this.#venues.findIndex(({ instrumentId }) => instrumentId === quote.instrument.id);
    const quotes = this.#venues[at]?.quotes ?? [];
    const index = quotes.indexOf(quote);
    if (index >= 0) quotes.splice(index, 1);
    if (at >= 0 && quotes.length === 0) this.#venues.splice(at, 1);
    quote.book = undefined;
  }

  /** Counts a quote that came and that another source of the same instrument knows better. */
  countSuperseded(quote: VenueQuote): void {
    const { id: instrumentId } = quote.instrument;
    const venue = this.#venues.find((each) => each.instrumentId === instrumentId);
    if (venue === undefined || venue.quotes.length < 2) return;
    if (quote.isLive && newest(venue.quotes) !== quote) this.#supersededQuotes += 1;
  }

  /** The best of now; undefined where nothing but times has changed since the last. */
  renewed(): Cbbo | undefined {
    if (this.#venues.length < VENUES_MIN && this.#last === undefined) return undefined;
    let bid: VenueQuote | undefined;
    let ask: VenueQuote | undefined;
    let oldest: VenueQuote | undefined;
    let venuesLive = 0;
    for (const { quotes } of this.#venues) {
      const quote = quotes.length === 1 ? onlyLive(quotes[0]) : newest(quotes);
      if (quote === undefined) continue;
      venuesLive += 1;
      if (oldest === undefined || quote.receivedOrder(oldest) < 0) oldest = quote;
      if (quote.bidPx !== UNDEF_PRICE && (bid === undefined || isBetterBid(quote, bid)))
        bid = quote;
      if (quote.askPx !== UNDEF_PRICE && (ask === undefined || isBetterAsk(quote, ask)))
        ask = quote;
    }
    const venuesStale = this.#venues.length - venuesLive;
    if (this.#isSame(bid, ask, venuesLive, venuesStale)) return undefined;
    const bidPx = bid?.bidPx ?? UNDEF_PRICE;
    const askPx = ask?.askPx ?? UNDEF_PRICE;
    const cbbo: Cbbo = {
      pair: this.pair,
      bidPx,
      bidSz: bid?.bidSz ?? 0,
      bidInstrumentId: bid?.instrument.id ?? 0n,
      bidPublisherId: bid?.publisherId ?? 0,
      askPx,
      askSz: ask?.askSz ?? 0,
      askInstrumentId: ask?.instrument.id ?? 0n,
      askPublisherId: ask?.publisherId ?? 0,
      venuesLive,
      venuesStale,
      state: consolidatedState(bidPx, askPx),
      oldestTsRecv: oldest === undefined ? 0n : bigintFromHalves(oldest.tsRecvHi, oldest.tsRecvLo),
      supersededQuotes: this.#supersededQuotes,
    };
    this.last = cbbo;
    return cbbo;
  }

  #isSame(
    bid: VenueQuote | undefined,
    ask: VenueQuote | undefined,
    venuesLive: number,
    venuesStale: number,
  ): boolean {
    const last = this.#last;
    return (
      last !== undefined &&
      last.bidPx === (bid?.bidPx ?? UNDEF_PRICE) &&
      last.askPx === (ask?.askPx ?? UNDEF_PRICE) &&
      last.bidSz === (bid?.bidSz ?? 0) &&
      last.askSz === (ask?.askSz ?? 0) &&
      last.venuesLive === venuesLive &&
      last.venuesStale === venuesStale &&
      last.bidInstrumentId === (bid?.instrument.id ?? 0n) &&
      last.askInstrumentId === (ask?.instrument.id ?? 0n)
    );
  }
}

const onlyLive = (quote: VenueQuote | undefined): VenueQuote | undefined =>
  quote?.isLive === true ? quote : undefined;

/** Where several sources tell of one instrument: the newest event time, then who heard it first. */
function newest(quotes: readonly VenueQuote[]): VenueQuote | undefined {
  let found: VenueQuote | undefined;
  for (const quote of quotes) {
    if (!quote.isLive) continue;
    if (found === undefined || quote.isNewerThan(found)) found = quote;
  }
  return found;
}

function isBetterBid(quote: VenueQuote, other: VenueQuote): boolean {
  if (quote.bidPx !== other.bidPx) return quote.bidPx > other.bidPx;
  if (quote.bidSz !== other.bidSz) return quote.bidSz > other.bidSz;
  return isPreferred(quote, other);
}

function isBetterAsk(quote: VenueQuote, other: VenueQuote): boolean {
  if (quote.askPx !== other.askPx) return quote.askPx < other.askPx;
  if (quote.askSz !== other.askSz) return quote.askSz > other.askSz;
  return isPreferred(quote, other);
}

/** At the same price and size: who was received first, then the lower publisher, then the id. */
function isPreferred(quote: VenueQuote, other: VenueQuote): boolean {
  const received = quote.receivedOrder(other);
  if (received !== 0) return received < 0;
  if (quote.publisherId !== other.publisherId) return quote.publisherId < other.publisherId;
  return quote.instrument.id < other.instrument.id;
}
