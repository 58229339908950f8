import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import type { SignalRule } from './signal-rule.ts';
import { StepRing } from './step-ring.ts';

/** What a rule has found: when, how much, and against what. */
export interface Finding {
  /** ms of event time. */
  readonly tsMs: number;
  readonly value: number;
  /** The price, median or notional that the value is relative to; 0 where there is none. */
  readonly base: number;
}

/**
 * A rule on one instrument. Pure: doubles by the basic operations and the square root, which IEEE
 * 754 defines to the last bit, so that every machine finds the same.
 */
export interface Watch {
  /** Takes a trade; price and size times 1e-9. */
  onTrade(tsMs: number, price: number, size: number): Finding | undefined;
  /** Takes what news say of the instrument, -1 to 1. */
  onNews(tsMs: number, score: number): Finding | undefined;
  writeState(writer: StateWriter): void;
  readState(reader: StateReader): void;
}

export function watchOf(rule: SignalRule): Watch {
  switch (rule.kind) {
    case 'return':
    case 'volatility':
      return new CloseWatch(rule);
    case 'volume-spike':
      return new VolumeWatch(rule);
    case 'large-trade':
      return new TradeWatch(rule);
    case 'price-move':
      return new MoveWatch(rule);
    case 'news-shock':
      return new NewsWatch(rule);
  }
}

/** The steps of event time. What comes of an earlier step than the one under way is late. */
class Steps {
  readonly #stepMs: number;
  readonly #count: number;
  /** Number of the step under way, since 1970; -1 before the first. */
  #step = -1;

  constructor({ windowMs, steps }: SignalRule) {
    this.#stepMs = windowMs / steps;
    this.#count = steps;
  }

  /** How many steps have ended by this time, at most one more than a window has; -1: it is late. */
  advance(tsMs: number): number {
    const step = Math.floor(tsMs / this.#stepMs);
    if (step < this.#step) return -1;
    const ended = this.#step < 0 ? 0 : Math.min(step - this.#step, this.#count + 1);
    this.#step = step;
    return ended;
  }

  /** When the step under way ends, ms. */
  get endMs(): number {
    return (this.#step + 1) * this.#stepMs;
  }

  writeState(writer: StateWriter): void {
    writer.integer(this.#step);
  }

  readState(reader: StateReader): void {
    this.#step = Number(reader.integer());
  }
}

/** Return, or realised volatility, of the prices at which steps ended. */
class CloseWatch implements Watch {
  readonly #isReturn: boolean;
  readonly #steps: Steps;
  readonly #closes: StepRing;
  #close = 0;

  constructor(rule: SignalRule) {
    this.#isReturn = rule.kind === 'return';
    this.#steps = new Steps(rule);
    // A window of n steps has n + 1 ends.
    this.#closes = new StepRing(rule.steps + 1);
  }

  onTrade(tsMs: number, price: number): Finding | undefined {
    const { endMs } = this.#steps;
    const ended = this.#steps.advance(tsMs);
    if (ended < 0) return undefined;
    let finding: Finding | undefined;
    for (let index = 0; index < ended; index += 1) {
      this.#closes.push(this.#close);
      // Of the steps that ended by now, the first is the one that had trades.
      if (index === 0 && this.#closes.isFull) finding = this.#measure(endMs);
    }
    this.#close = price;
    return finding;
  }

  onNews(): undefined {
    return undefined;
  }

  writeState(writer: StateWriter): void {
    this.#steps.writeState(writer);
    writer.float64(this.#close);
    this.#closes.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#steps.readState(reader);
    this.#close = reader.float64();
    this.#closes.readState(reader);
  }

  #measure(tsMs: number): Finding | undefined {
    let first = 0;
    let last = 0;
    let squares = 0;
    for (const close of this.#closes.values()) {
      if (close === 0) return undefined;
      if (first === 0) first = close;
      else squares += (close / last - 1) * (close / last - 1);
      last = close;
    }
    return { tsMs, value: this.#isReturn ? last / first - 1 : Math.sqrt(squares), base: first };
  }
}

/** The volume of the step under way against the median of the steps before. */
class VolumeWatch implements Watch {
  readonly #rule: SignalRule;
  readonly #steps: Steps;
  readonly #volumes: StepRing;
  #volume = 0;
  /** Of the steps that have ended; 0 while there are too few. */
  #median = 0;

  constructor(rule: SignalRule) {
    this.#rule = rule;
    this.#steps = new Steps(rule);
    this.#volumes = new StepRing(rule.steps);
  }

  onTrade(tsMs: number, _price: number, size: number): Finding | undefined {
    const ended = this.#steps.advance(tsMs);
    if (ended < 0) return undefined;
    for (let index = 0; index < ended; index += 1) {
      this.#volumes.push(this.#volume);
      this.#volume = 0;
    }
    if (ended > 0) this.#median = this.#volumes.isFull ? median(this.#volumes) : 0;
    this.#volume += size;
    if (this.#median === 0) return undefined;
    const value = this.#volume / this.#median;
    return value >= this.#rule.threshold ? { tsMs, value, base: this.#median } : undefined;
  }

  onNews(): undefined {
    return undefined;
  }

  writeState(writer: StateWriter): void {
    this.#steps.writeState(writer);
    writer.float64(this.#volume);
    this.#volumes.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#steps.readState(reader);
    this.#volume = reader.float64();
    this.#volumes.readState(reader);
    this.#median = this.#volumes.isFull ? median(this.#volumes) : 0;
  }
}

function median(ring: StepRing): number {
  const sorted = Float64Array.from(ring.values()).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

/** A trade's own notional, in the currency of its price. */
class TradeWatch implements Watch {
  readonly #rule: SignalRule;

  constructor(rule: SignalRule) {
    this.#rule = rule;
  }

  onTrade(tsMs: number, price: number, size: number): Finding | undefined {
    const value = (Math.abs(price) / 1e9) * (size / 1e9);
    return value >= this.#rule.threshold ? { tsMs, value, base: price } : undefined;
  }

  onNews(): undefined {
    return undefined;
  }

  writeState(): void {
    // What came before does not matter.
  }

  readState(): void {
    // As it was written.
  }
}

/** How far the price is from the lowest and the highest of the window. */
class MoveWatch implements Watch {
  readonly #rule: SignalRule;
  readonly #steps: Steps;
  readonly #lows: StepRing;
  readonly #highs: StepRing;
  /** Of the step under way; 0 before its first trade. */
  #low = 0;
  #high = 0;
  /** Of the steps that have ended. */
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;

  constructor(rule: SignalRule) {
    this.#rule = rule;
    this.#steps = new Steps(rule);
    this.#lows = new StepRing(rule.steps);
    this.#highs = new StepRing(rule.steps);
  }

  onTrade(tsMs: number, price: number): Finding | undefined {
    // A move in parts of a price below zero says nothing.
    if (price <= 0) return undefined;
    const ended = this.#steps.advance(tsMs);
    if (ended < 0) return undefined;
    for (let index = 0; index < ended; index += 1) {
      this.#lows.push(this.#low);
      this.#highs.push(this.#high);
      this.#low = 0;
      this.#high = 0;
    }
    if (ended > 0) this.#findExtremes();
    this.#low = this.#low === 0 ? price : Math.min(this.#low, price);
    this.#high = Math.max(this.#high, price);
    const low = Math.min(this.#lowest, this.#low);
    const high = Math.max(this.#highest, this.#high);
    const [rise, fall] = [price / low - 1, price / high - 1];
    const [value, base] = rise >= -fall ? [rise, low] : [fall, high];
    return Math.abs(value) >= this.#rule.threshold ? { tsMs, value, base } : undefined;
  }

  onNews(): undefined {
    return undefined;
  }

  writeState(writer: StateWriter): void {
    this.#steps.writeState(writer);
    writer.float64(this.#low);
    writer.float64(this.#high);
    this.#lows.writeState(writer);
    this.#highs.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#steps.readState(reader);
    this.#low = reader.float64();
    this.#high = reader.float64();
    this.#lows.readState(reader);
    this.#highs.readState(reader);
    this.#findExtremes();
  }

  #findExtremes(): void {
    this.#lowest = Number.POSITIVE_INFINITY;
    this.#highest = Number.NEGATIVE_INFINITY;
    // Steps without a trade have 0.
    for (const low of this.#lows.values()) if (low > 0) this.#lowest = Math.min(this.#lowest, low);
    for (const high of this.#highs.values()) this.#highest = Math.max(this.#highest, high);
  }
}

/** The sum of what news of the window say, each weighted by how surely it is meant. */
class NewsWatch implements Watch {
  readonly #rule: SignalRule;
  readonly #steps: Steps;
  readonly #sums: StepRing;
  #sum = 0;

  constructor(rule: SignalRule) {
    this.#rule = rule;
    this.#steps = new Steps(rule);
    this.#sums = new StepRing(rule.steps - 1);
  }

  onTrade(): undefined {
    return undefined;
  }

  onNews(tsMs: number, score: number): Finding | undefined {
    // What comes late counts as well: sources differ by more than a step.
    const ended = this.#steps.advance(tsMs);
    for (let index = 0; index < ended; index += 1) {
      this.#sums.push(this.#sum);
      this.#sum = 0;
    }
    this.#sum += score;
    let value = this.#sum;
    for (const sum of this.#sums.values()) value += sum;
    return Math.abs(value) >= this.#rule.threshold ? { tsMs, value, base: 0 } : undefined;
  }

  writeState(writer: StateWriter): void {
    this.#steps.writeState(writer);
    writer.float64(this.#sum);
    this.#sums.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#steps.readState(reader);
    this.#sum = reader.float64();
    this.#sums.readState(reader);
  }
}
