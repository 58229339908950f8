import { TIME_ANCHORS_MAX } from './limits.ts';

const BLOCK_EVENTS = 1024;
const NANOS_PER_SECOND_THOUSANDFOLD = 1_000_000_000_000;

/** From this event on, event time counts from another beginning. */
interface TimeAnchor {
  readonly fromIndex: number;
  /** What the event of index 0 would have had as its time, ns. */
  readonly zeroNanos: bigint;
}

/**
 * Event time of the market event at an index: its beginning plus index / rate, in whole
 * nanoseconds. A live simulation may set a new beginning for events not handed out yet.
 */
export class EventTimes {
  readonly #rateThousandfold: number;
  /** Nanoseconds from the beginning of a block to each of its events. */
  readonly #offsets: readonly bigint[];
  #anchors: TimeAnchor[];
  // The part of a block under one anchor that was asked about last.
  #from = 0;
  #to = 0;
  #block = 0;
  #blockNanos = 0n;

  /** @param rate events per second; thousandths count */
  constructor(rate: number, startNanos: bigint) {
    this.#rateThousandfold = Math.round(rate * 1000);
    this.#offsets = Array.from({ length: BLOCK_EVENTS }, (_, index) =>
      BigInt(Math.floor((index * NANOS_PER_SECOND_THOUSANDFOLD) / this.#rateThousandfold)),
    );
    this.#anchors = [{ fromIndex: 0, zeroNanos: startNanos }];
  }

  /** Time of the market event at `index` (0: the first), ns. */
  at(index: number): bigint {
    if (index < this.#from || index >= this.#to) this.#enter(index);
    return this.#blockNanos + (this.#offsets[index - this.#block] as bigint);
  }

  /** From the event at `index` on, time counts so that this one is at `nanos`. */
  anchor(index: number, nanos: bigint): void {
    this.#to = this.#from;
    const kept = this.#anchors.filter((each) => each.fromIndex < index);
    const zeroNanos = nanos - this.#sinceZero(index);
    this.#anchors = [...kept, { fromIndex: index, zeroNanos }].slice(-TIME_ANCHORS_MAX);
  }

  #enter(index: number): void {
    this.#block = Math.floor(index / BLOCK_EVENTS) * BLOCK_EVENTS;
    let place = this.#anchors.length - 1;
    while (place > 0 && (this.#anchors[place] as TimeAnchor).fromIndex > index) place -= 1;
    const anchor = this.#anchors[place] as TimeAnchor;
    const next = this.#anchors[place + 1];
    const end = this.#block + BLOCK_EVENTS;
    this.#from = place === 0 ? this.#block : Math.max(this.#block, anchor.fromIndex);
    this.#to = next === undefined ? end : Math.min(end, next.fromIndex);
    this.#blockNanos = anchor.zeroNanos + this.#blockStart(this.#block);
  }

  #sinceZero(index: number): bigint {
    const block = Math.floor(index / BLOCK_EVENTS) * BLOCK_EVENTS;
    return this.#blockStart(block) + (this.#offsets[index - block] as bigint);
  }

  #blockStart(block: number): bigint {
    const thousandfold = BigInt(block) * BigInt(NANOS_PER_SECOND_THOUSANDFOLD);
    return thousandfold / BigInt(this.#rateThousandfold);
  }
}
