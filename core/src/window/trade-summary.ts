import { AggressorSide } from '@feedmill/proto/feedmill/v1/event_pb';
import type { Int64 } from '../event.ts';
import { ExactProductSum, ExactSum } from '../exact-sum.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { UpdateBit } from '../wire/trade-view.ts';

const { BUY, SELL } = AggressorSide;
const { HIGH_LOW, LAST, VOLUME } = UpdateBit;

/**
 * What a bar says about its trades, in a form that two of them can be merged. Where nothing counts
 * yet, the extremes are infinite, so that the first trade replaces them. Amounts are exact.
 */
export class TradeSummary {
  /** Trades that update anything. */
  contributions = 0;
  /** Counts every change, so that a bar can tell whether it was published as it is. */
  changes = 0;
  /** Trades that update the volume. */
  tradeCount = 0;
  readonly buyVolume = new ExactSum();
  readonly sellVolume = new ExactSum();
  /** Of trades without an aggressor. */
  readonly otherVolume = new ExactSum();
  readonly notional = new ExactProductSum();

  high: Int64 = Number.NEGATIVE_INFINITY;
  low: Int64 = Number.POSITIVE_INFINITY;
  // Open and close are the first and the last by event time, then by producer sequence.
  open: Int64 = Number.NaN;
  openSeconds = Number.POSITIVE_INFINITY;
  openNanos = 0;
  openSequence = 0;
  close: Int64 = Number.NaN;
  closeSeconds = Number.NEGATIVE_INFINITY;
  closeNanos = 0;
  closeSequence = 0;
  firstSequence = Number.POSITIVE_INFINITY;
  lastSequence = Number.NEGATIVE_INFINITY;

  get hasHighLow(): boolean {
    return this.high >= this.low;
  }

  get hasLast(): boolean {
    return this.openSeconds <= this.closeSeconds;
  }

  add(
    seconds: number,
    nanos: number,
    sequence: number,
    price: Int64,
    size: Int64,
    side: number,
    updates: number,
  ): void {
    if (updates === 0) return;
    this.contributions += 1;
    this.changes += 1;
    if ((updates & VOLUME) !== 0) {
      this.tradeCount += 1;
      this.notional.add(price, size);
      this.#volumeOf(side).add(size);
    }
    this.include(seconds, nanos, sequence, price, updates);
  }

  /** Takes a trade out of the counts and amounts. The extremes are renewed by the caller. */
  remove(price: Int64, size: Int64, side: number, updates: number): void {
    if (updates === 0) return;
    this.contributions -= 1;
    this.changes += 1;
    if ((updates & VOLUME) === 0) return;
    this.tradeCount -= 1;
    this.notional.subtract(price, size);
    this.#volumeOf(side).subtract(size);
  }

  /** Whether the extremes may have come from this trade. */
  mayStandOn(price: Int64, sequence: number): boolean {
    return (
      price === this.high ||
      price === this.low ||
      sequence === this.openSequence ||
      sequence === this.closeSequence ||
      sequence === this.firstSequence ||
      sequence === this.lastSequence
    );
  }

  clearExtremes(): void {
    this.high = Number.NEGATIVE_INFINITY;
    this.low = Number.POSITIVE_INFINITY;
    this.openSeconds = Number.POSITIVE_INFINITY;
    this.closeSeconds = Number.NEGATIVE_INFINITY;
    this.firstSequence = Number.POSITIVE_INFINITY;
    this.lastSequence = Number.NEGATIVE_INFINITY;
  }

  /** Widens the extremes by a trade. */
  include(seconds: number, nanos: number, sequence: number, price: Int64, updates: number): void {
    if (sequence < this.firstSequence) this.firstSequence = sequence;
    if (sequence > this.lastSequence) this.lastSequence = sequence;
    if ((updates & HIGH_LOW) !== 0) {
      if (price > this.high) this.high = price;
      if (price < this.low) this.low = price;
    }
    if ((updates & LAST) !== 0) {
      this.#includeOpen(seconds, nanos, sequence, price);
      this.#includeClose(seconds, nanos, sequence, price);
    }
  }

  merge(other: TradeSummary): void {
    this.contributions += other.contributions;
    this.changes += other.changes;
    this.tradeCount += other.tradeCount;
    this.buyVolume.addSum(other.buyVolume);
    this.sellVolume.addSum(other.sellVolume);
    this.otherVolume.addSum(other.otherVolume);
    this.notional.addSum(other.notional);
    if (other.high > this.high) this.high = other.high;
    if (other.low < this.low) this.low = other.low;
    if (other.hasLast) {
      this.#includeOpen(other.openSeconds, other.openNanos, other.openSequence, other.open);
      this.#includeClose(other.closeSeconds, other.closeNanos, other.closeSequence, other.close);
    }
    if (other.firstSequence < this.firstSequence) this.firstSequence = other.firstSequence;
    if (other.lastSequence > this.lastSequence) this.lastSequence = other.lastSequence;
  }

  clear(): void {
    this.contributions = 0;
    this.changes = 0;
    this.tradeCount = 0;
    for (const sum of this.#sums()) sum.set(0n);
    this.clearExtremes();
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.contributions);
    writer.varint(this.changes);
    writer.varint(this.tradeCount);
    for (const sum of this.#sums()) writer.integer(sum.value());
    writer.boolean(this.hasHighLow);
    if (this.hasHighLow) {
      writer.integer(this.high);
      writer.integer(this.low);
    }
    writer.boolean(this.hasLast);
    if (this.hasLast) {
      writer.integer(this.open);
      writer.integer(this.openSeconds);
      writer.varint(this.openNanos);
      writer.varint(this.openSequence);
      writer.integer(this.close);
      writer.integer(this.closeSeconds);
      writer.varint(this.closeNanos);
      writer.varint(this.closeSequence);
    }
    if (this.contributions === 0) return;
    writer.varint(this.firstSequence);
    writer.varint(this.lastSequence);
  }

  readState(reader: StateReader): void {
    this.contributions = reader.varint();
    this.changes = reader.varint();
    this.tradeCount = reader.varint();
    for (const sum of this.#sums()) sum.set(reader.bigint());
    if (reader.boolean()) {
      this.high = reader.integer();
      this.low = reader.integer();
    }
    if (reader.boolean()) {
      this.open = reader.integer();
      this.openSeconds = Number(reader.integer());
      this.openNanos = reader.varint();
      this.openSequence = reader.varint();
      this.close = reader.integer();
      this.closeSeconds = Number(reader.integer());
      this.closeNanos = reader.varint();
      this.closeSequence = reader.varint();
    }
    if (this.contributions === 0) return;
    this.firstSequence = reader.varint();
    this.lastSequence = reader.varint();
  }

  #volumeOf(side: number): ExactSum {
    if (side === BUY) return this.buyVolume;
    return side === SELL ? this.sellVolume : this.otherVolume;
  }

  #sums(): readonly (ExactSum | ExactProductSum)[] {
    return [this.buyVolume, this.sellVolume, this.otherVolume, this.notional];
  }

  #includeOpen(seconds: number, nanos: number, sequence: number, price: Int64): void {
    if (seconds > this.openSeconds) return;
    if (seconds === this.openSeconds) {
      if (nanos > this.openNanos) return;
      if (nanos === this.openNanos && sequence > this.openSequence) return;
    }
    this.open = price;
    this.openSeconds = seconds;
    this.openNanos = nanos;
    this.openSequence = sequence;
  }

  #includeClose(seconds: number, nanos: number, sequence: number, price: Int64): void {
    if (seconds < this.closeSeconds) return;
    if (seconds === this.closeSeconds) {
      if (nanos < this.closeNanos) return;
      if (nanos === this.closeNanos && sequence < this.closeSequence) return;
    }
    this.close = price;
    this.closeSeconds = seconds;
    this.closeNanos = nanos;
    this.closeSequence = sequence;
  }
}
