import { BarQuality } from '@feedmill/proto/feedmill/v1/event_pb';
import { epochMs } from '../epoch-time.ts';
import type { Int64 } from '../event.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { BarPublisher, type EmitBar } from './bar-publisher.ts';
import type { BarWindow, InstrumentWindows } from './bar-window.ts';
import type { Slot } from './timeline.ts';
import { DEFAULT_WINDOW_OPTIONS, type WindowOptions } from './window-options.ts';
import { WindowStore } from './window-store.ts';

/** What became of a trade or a correction, as bits. */
export const TradeOutcome = {
  /** It will be in every bar that it belongs to when that is published. */
  ON_TIME: 0,
  /** It revised at least one bar that had been published. */
  LATE: 1,
  /** At least one bar that it belongs to was final and stays without it. */
  TOO_LATE: 2,
  /** A correction of a trade that is not known, or no longer. Nothing has changed. */
  UNKNOWN: 4,
} as const;

const { ON_TIME, LATE, TOO_LATE, UNKNOWN } = TradeOutcome;
const NOT_FOUND = -1;

/**
 * Builds the bars of one producer's instruments out of its trades. A pure function of the calls:
 * no clock, and it makes no difference how they are grouped.
 *
 * A bar is published when the producer's watermark (the highest event time seen) reaches its end,
 * again with each late trade or correction, and once more as final when the watermark has passed
 * its end by the allowed lateness. Windows without trades print nothing.
 */
export class ProducerWindows {
  readonly #store: WindowStore;
  readonly #publisher: BarPublisher;
  readonly #stepCount: number;

  /** @throws AssertionError when the options contradict themselves */
  constructor(emit: EmitBar, options: Partial<WindowOptions> = {}) {
    this.#store = new WindowStore({ ...DEFAULT_WINDOW_OPTIONS, ...options });
    this.#publisher = new BarPublisher(this.#store, emit);
    this.#stepCount = this.#store.options.stepsSeconds.length;
    const { marks } = this.#store;
    marks.add(BarQuality.PARTIAL, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** The handle of an instrument, to be kept by the caller. */
  instrument(instrumentId: number): InstrumentWindows {
    return this.#store.instrument(instrumentId);
  }

  /**
   * Raises the watermark to the time of an event of whatever kind. The event time must have been
   * validated: the watermark never goes back. The first event after a disconnect connects again.
   */
  advance(seconds: number, nanos: number): void {
    const store = this.#store;
    const ms = epochMs(seconds, nanos);
    if (ms <= store.watermarkMs) return;
    if (!store.isConnected) this.connect(seconds, nanos);
    store.watermarkMs = ms;
    store.watermarkSeconds = seconds;
    if (ms >= store.timeline.nextDueMs) this.#settle();
  }

  /**
   * Adds a trade, which also advances the watermark.
   *
   * @param sequence producer sequence of the event, which decides between equal times
   * @param side protobuf's AggressorSide
   * @param idLo lower half of a 64-bit hash of the trade id, by which corrections find it
   * @param updates `UpdateBit`s
   * @returns `TradeOutcome` bits
   */
  addTrade(
    instrument: InstrumentWindows,
    seconds: number,
    nanos: number,
    price: Int64,
    size: Int64,
    side: number,
    sequence: number,
    idLo: number,
    idHi: number,
    updates: number,
  ): number {
    const store = this.#store;
    if (seconds >= store.watermarkSeconds) this.advance(seconds, nanos);
    let { bucket } = instrument;
    if (bucket === undefined || seconds < bucket.startSeconds || seconds >= bucket.closeSeconds) {
      bucket = this.#openBucket(instrument, seconds);
      if (bucket === undefined) {
        return this.#addPastBucket(
          instrument,
          seconds,
          nanos,
          price,
          size,
          side,
          sequence,
          updates,
        );
      }
    }
    if (store.trades.isFull) store.makeRoomForTrade();
    bucket.lastTrade = store.trades.push(
      instrument.index,
      bucket.lastTrade,
      seconds,
      nanos,
      sequence,
      price,
      size,
      side,
      updates,
      idLo,
      idHi,
    );
    bucket.retained += 1;
    bucket.summary.add(seconds, nanos, sequence, price, size, side, updates);
    return bucket.slot.isClosed ? this.#revise(instrument, seconds) : ON_TIME;
  }

  /**
   * Takes a trade back.
   *
   * @param seconds of the trade's own event time, as it was sent
   * @returns ON_TIME, LATE or UNKNOWN
   */
  cancelTrade(instrument: InstrumentWindows, seconds: number, idLo: number, idHi: number): number {
    const bucket = this.#store.find(instrument, 0, seconds);
    const trade = bucket === undefined ? NOT_FOUND : this.#findTrade(bucket, idLo, idHi);
    if (bucket === undefined || trade === NOT_FOUND) return UNKNOWN;
    const { trades } = this.#store;
    const price = trades.price(trade);
    trades.cancel(trade);
    const { summary } = bucket;
    summary.remove(price, trades.size(trade), trades.side(trade), trades.updates(trade));
    if (summary.mayStandOn(price, trades.sequence(trade))) this.#renewExtremes(bucket);
    return bucket.slot.isClosed ? this.#revise(instrument, seconds) : ON_TIME;
  }

  /** Gives a trade another price and size; all else about it stays. See `cancelTrade`. */
  correctTrade(
    instrument: InstrumentWindows,
    seconds: number,
    idLo: number,
    idHi: number,
    price: Int64,
    size: Int64,
  ): number {
    const bucket = this.#store.find(instrument, 0, seconds);
    const trade = bucket === undefined ? NOT_FOUND : this.#findTrade(bucket, idLo, idHi);
    if (bucket === undefined || trade === NOT_FOUND) return UNKNOWN;
    const { trades } = this.#store;
    const { summary } = bucket;
    const sequence = trades.sequence(trade);
    const side = trades.side(trade);
    const updates = trades.updates(trade);
    const oldPrice = trades.price(trade);
    summary.remove(oldPrice, trades.size(trade), side, updates);
    trades.replaceAmounts(trade, price, size);
    if (summary.mayStandOn(oldPrice, sequence)) this.#renewExtremes(bucket);
    summary.add(trades.seconds(trade), trades.nanos(trade), sequence, price, size, side, updates);
    return bucket.slot.isClosed ? this.#revise(instrument, seconds) : ON_TIME;
  }

  /**
   * Marks every bar that contains one of these seconds as GAP, also bars that come later.
   *
   * @param instrument undefined for a gap of the whole feed
   * @param firstSeconds of the last event before the gap
   * @param lastSeconds of the first event after it
   */
  markGap(
    instrument: InstrumentWindows | undefined,
    firstSeconds: number,
    lastSeconds: number = firstSeconds,
  ): void {
    this.#mark(BarQuality.GAP, instrument, firstSeconds, lastSeconds + 1);
  }

  /** Marks every bar that contains one of these seconds as STALE: the feed was silent. */
  markStale(firstSeconds: number, lastSeconds: number): void {
    this.#mark(BarQuality.STALE, undefined, firstSeconds, lastSeconds + 1);
  }

  /** The instrument is not traded from this second on: bars that this touches are PARTIAL. */
  halt(instrument: InstrumentWindows, seconds: number): void {
    this.#mark(BarQuality.PARTIAL, instrument, seconds, Number.POSITIVE_INFINITY);
  }

  /** The instrument is traded again; nothing where it was. */
  endHalt(instrument: InstrumentWindows, seconds: number, nanos: number): void {
    instrument.marks.end(nanos > 0 ? seconds + 1 : seconds);
  }

  /**
   * The feed has (re)connected at this event time: bars that began before it are PARTIAL. To be
   * called before the watermark is advanced to it.
   */
  connect(seconds: number, nanos: number): void {
    const store = this.#store;
    const toSeconds = nanos > 0 ? seconds + 1 : seconds;
    if (store.isConnected) {
      // Nobody reported the disconnect: something may be missing since the last event.
      const fromSeconds = store.watermarkSeconds;
      this.#mark(BarQuality.PARTIAL, undefined, fromSeconds, Math.max(toSeconds, fromSeconds + 1));
    } else {
      store.isConnected = true;
      store.marks.end(toSeconds);
    }
  }

  /** The feed has disconnected: publishes every open bar as PARTIAL. Later trades revise them. */
  flush(): void {
    const store = this.#store;
    if (store.isConnected) {
      store.isConnected = false;
      const { watermarkSeconds } = store;
      this.#mark(BarQuality.PARTIAL, undefined, watermarkSeconds, Number.POSITIVE_INFINITY);
    }
    for (const slot of store.timeline.all()) {
      if (!slot.isClosed) this.#publisher.publishAll(slot, false);
    }
  }

  writeState(writer: StateWriter): void {
    this.#store.writeState(writer);
  }

  /**
   * Restores what `writeState` wrote into windows that have taken no call yet.
   *
   * @throws StateError when the bytes are no such state, or one of other steps or lateness
   */
  readState(reader: StateReader): void {
    this.#store.readState(reader);
  }

  #openBucket(instrument: InstrumentWindows, seconds: number): BarWindow | undefined {
    const store = this.#store;
    const bucket = store.open(instrument, 0, seconds);
    if (bucket === undefined) return undefined;
    for (let step = 1; step < this.#stepCount; step += 1) store.open(instrument, step, seconds);
    instrument.bucket = bucket;
    return bucket;
  }

  /** A trade whose bucket is final still belongs to the larger windows that are not. */
  #addPastBucket(
    instrument: InstrumentWindows,
    seconds: number,
    nanos: number,
    price: Int64,
    size: Int64,
    side: number,
    sequence: number,
    updates: number,
  ): number {
    let outcome: number = TOO_LATE;
    for (let step = 1; step < this.#stepCount; step += 1) {
      const window = this.#store.open(instrument, step, seconds);
      if (window === undefined) continue;
      window.summary.add(seconds, nanos, sequence, price, size, side, updates);
      if (!window.slot.isClosed) continue;
      this.#publisher.publish(window, false);
      outcome |= LATE;
    }
    return outcome;
  }

  /** Publishes again what a change to a trade in this second has changed. */
  #revise(instrument: InstrumentWindows, seconds: number): number {
    for (let step = 0; step < this.#stepCount; step += 1) {
      const window = this.#store.find(instrument, step, seconds);
      if (window?.slot.isClosed === true) this.#publisher.publish(window, false);
    }
    return LATE;
  }

  #findTrade(bucket: BarWindow, idLo: number, idHi: number): number {
    if (bucket.isSealed) return NOT_FOUND;
    return this.#store.trades.find(bucket.lastTrade, bucket.retained, idLo, idHi);
  }

  #renewExtremes(bucket: BarWindow): void {
    const { trades } = this.#store;
    const { summary } = bucket;
    summary.clearExtremes();
    let trade = bucket.lastTrade;
    for (let rank = 0; rank < bucket.retained; rank += 1) {
      const updates = trades.isCancelled(trade) ? 0 : trades.updates(trade);
      if (updates !== 0) {
        const seconds = trades.seconds(trade);
        const price = trades.price(trade);
        summary.include(seconds, trades.nanos(trade), trades.sequence(trade), price, updates);
      }
      trade = trades.previous(trade);
    }
  }

  #mark(
    quality: BarQuality,
    instrument: InstrumentWindows | undefined,
    fromSeconds: number,
    toSeconds: number,
  ): void {
    const store = this.#store;
    (instrument ?? store).marks.add(quality, fromSeconds, toSeconds, store.forgetMarksSeconds());
    for (const slot of store.timeline.all()) {
      const isTouched = slot.startSeconds < toSeconds && slot.closeSeconds > fromSeconds;
      if (!isTouched || !slot.isClosed) continue;
      for (const window of slot.windows) {
        if (instrument === undefined || instrument === window.instrument) {
          this.#publisher.publish(window, false);
        }
      }
    }
  }

  /** Closes and makes final whatever the watermark has passed, in the order of event time. */
  #settle(): void {
    const { timeline, watermarkMs } = this.#store;
    for (;;) {
      const slot = timeline.due(watermarkMs);
      if (slot === undefined) return;
      if (slot.isClosed) {
        this.#finish(slot);
      } else {
        slot.isClosed = true;
        this.#publisher.publishAll(slot, false);
      }
    }
  }

  /** Publishes a slot's bars as final, and leaves a bucket's trades to the larger windows. */
  #finish(slot: Slot): void {
    const store = this.#store;
    this.#publisher.publishAll(slot, true);
    for (const window of slot.windows) {
      store.close(window);
      if (slot.stepIndex !== 0) continue;
      for (let step = 1; step < this.#stepCount; step += 1) {
        const larger = store.find(window.instrument, step, window.startSeconds);
        larger?.summary.merge(window.summary);
      }
    }
    store.timeline.remove(slot);
  }
}
