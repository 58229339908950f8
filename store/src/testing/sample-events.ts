import { asPosition } from '@feedmill/core/brand';
import { stableId } from '@feedmill/core/stable-id';
import { EventView } from '@feedmill/core/wire/event-view';
import { QuoteView } from '@feedmill/core/wire/quote-view';
import { TradeView } from '@feedmill/core/wire/trade-view';
import { CopySet } from '../copy/copy-set.ts';
import type { RowIds } from '../copy/event-row.ts';
import { writeQuoteRow, writeTradeRow } from '../copy/market-rows.ts';
import type { CommitBatch, ProducerProgress } from '../shard-session/commit-batch.ts';

const TWO_32 = 4_294_967_296n;

/** 8 August 2024, 00:00 UTC, in ns. */
export const SAMPLE_DAY = 1_723_075_200_000_000_000n;
export const SAMPLE_INSTRUMENT = 'BTCUSDT.BINANCE';

const highOf = (value: bigint): number => Number(BigInt.asIntN(64, value) >> 32n);
const lowOf = (value: bigint): number => Number(value & (TWO_32 - 1n));

/** Rows of a made-up producer, as the worker would write them: for tests and measurements. */
export class SampleEvents {
  readonly name: string;
  readonly producerId: bigint;
  readonly copies = new CopySet();
  /** Sequence that the next event gets. */
  nextSequence = 1;
  readonly #event = new EventView();
  readonly #trade = new TradeView();
  readonly #quote = new QuoteView();
  readonly #ids: RowIds;

  constructor(name: string, instrument = SAMPLE_INSTRUMENT) {
    this.name = name;
    this.producerId = stableId(name);
    const instrumentId = stableId(instrument);
    this.#ids = {
      instrumentIdHi: highOf(instrumentId),
      instrumentIdLo: lowOf(instrumentId),
      producerIdHi: highOf(this.producerId),
      producerIdLo: lowOf(this.producerId),
      producerSequence: 0,
      tsInitHi: 0,
      tsInitLo: 0,
      publisherId: 1,
      flags: 0x80,
    };
  }

  /** One trade; `tradeId` is written as it is, whatever bytes it has. */
  trade(tsEvent: bigint, tradeId: string = `t${this.nextSequence}`, tsInit = tsEvent): void {
    this.#place(tsEvent, tsInit);
    const bytes = new TextEncoder().encode(tradeId);
    this.#event.reader.bytes = bytes;
    this.#trade.priceHi = 14_000;
    this.#trade.priceLo = this.nextSequence;
    this.#trade.sizeLo = 1_000_000;
    this.#trade.aggressorSide = 1;
    this.#trade.tradeIdEnd = bytes.length;
    writeTradeRow(
      this.copies.daily('trade', this.#event.tsEventHi, this.#event.tsEventLo),
      this.#event,
      this.#trade,
      this.#ids,
    );
    this.nextSequence += 1;
  }

  quote(tsEvent: bigint, tsInit = tsEvent): void {
    this.#place(tsEvent, tsInit);
    this.#quote.bidPxHi = 14_000;
    this.#quote.askPxHi = 14_001;
    writeQuoteRow(
      this.copies.daily('quote', this.#event.tsEventHi, this.#event.tsEventLo),
      this.#event,
      this.#quote,
      this.#ids,
    );
    this.nextSequence += 1;
  }

  /** What the events from `firstSequence` on do to the producer's row. */
  progress(firstSequence: number, fromPosition: number): ProducerProgress {
    return {
      producerId: this.producerId,
      name: this.name,
      incarnation: 1n,
      generation: 1,
      firstSequence,
      lastSequence: this.nextSequence - 1,
      firstPosition: asPosition(fromPosition + 1),
      lastPosition: asPosition(fromPosition + 1),
      lastTsInit: SAMPLE_DAY,
      duplicateEvents: 0,
      unstoredEvents: 0,
      deadLetters: 0,
      gaps: 0,
    };
  }

  /** A batch of everything written since `firstSequence`, one journal entry long. */
  batch(firstSequence: number, fromPosition: number): CommitBatch {
    return {
      fromPosition: asPosition(fromPosition),
      toPosition: asPosition(fromPosition + 1),
      copies: this.copies,
      bars: [],
      gaps: [],
      cbbos: [],
      signals: [],
      alertOutcomes: [],
      deadLetters: [],
      instruments: [],
      symbols: [],
      references: [],
      producers: [this.progress(firstSequence, fromPosition)],
      states: [],
    };
  }

  #place(tsEvent: bigint, tsInit: bigint): void {
    const event = this.#event;
    event.tsEventHi = highOf(tsEvent);
    event.tsEventLo = lowOf(tsEvent);
    event.tsRecvHi = event.tsEventHi;
    event.tsRecvLo = event.tsEventLo;
    event.tsEventSource = 1;
    event.sequenceLo = this.nextSequence;
    const ids = this.#ids;
    ids.tsInitHi = highOf(tsInit);
    ids.tsInitLo = lowOf(tsInit);
    ids.producerSequence = this.nextSequence;
  }
}
