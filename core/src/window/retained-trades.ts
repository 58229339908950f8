import type { Int64 } from '../event.ts';
import { RETAINED_TRADES_MAX } from '../limits.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';

const INITIAL_CAPACITY = 1024;
// One record: four doubles, then six 32-bit words, so that a trade touches one cache line or two.
const RECORD_DOUBLES = 7;
const RECORD_WORDS = 2 * RECORD_DOUBLES;
const RECORD_BYTES = 8 * RECORD_DOUBLES;
const PRICE = 0;
const SIZE = 1;
const SEQUENCE = 2;
const SECONDS = 3;
const NANOS = 8;
const ID_LO = 9;
const ID_HI = 10;
const PREVIOUS = 11;
const INSTRUMENT = 12;
const BITS = 13;
// Within BITS: three update bits, two of the side, then these.
const SIDE_SHIFT = 3;
const UPDATES_MASK = 7;
const SIDE_MASK = 3;
/** Price or size is a bigint and lies in `#wide`. */
const WIDE = 0x20;
/** The trade was cancelled. */
const CANCELLED = 0x40;

interface WideAmounts {
  readonly price: Int64;
  readonly size: Int64;
}

/**
 * The trades that a correction may still refer to, in order of arrival: one ring of fixed-size
 * records for all instruments of a producer. A trade is addressed by the count of trades before it,
 * modulo 2^32. The trades of one bucket are a chain, each with the address of the one before.
 */
export class RetainedTrades {
  readonly #capacityMax: number;
  #capacity: number;
  #doubles: Float64Array<ArrayBuffer>;
  #words: Uint32Array<ArrayBuffer>;
  #wide = new Map<number, WideAmounts>();
  #oldest = 0;
  #next = 0;

  /** @param capacityMax a power of two */
  constructor(capacityMax: number = RETAINED_TRADES_MAX) {
    this.#capacityMax = capacityMax;
    this.#capacity = Math.min(INITIAL_CAPACITY, capacityMax);
    this.#doubles = new Float64Array(this.#capacity * RECORD_DOUBLES);
    this.#words = new Uint32Array(this.#doubles.buffer);
  }

  get count(): number {
    return (this.#next - this.#oldest) >>> 0;
  }

  get isFull(): boolean {
    return this.count === this.#capacity;
  }

  /** Whether `grow` would do nothing. */
  get isAtBound(): boolean {
    return this.#capacity === this.#capacityMax;
  }

  /** Address of the trade that arrived first. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Appends a trade, for which there must be room, and returns its address. */
  push(
    instrument: number,
    previous: number,
    seconds: number,
    nanos: number,
    sequence: number,
    price: Int64,
    size: Int64,
    side: number,
    updates: number,
    idLo: number,
    idHi: number,
  ): number {
    const address = this.#next;
    const slot = address & (this.#capacity - 1);
    const doubles = this.#doubles;
    const words = this.#words;
    const double = slot * RECORD_DOUBLES;
    const word = slot * RECORD_WORDS;
    // A side that this program does not know counts as none, here as in the summary.
    let bits = updates | ((side <= SIDE_MASK ? side : 0) << SIDE_SHIFT);
    if (typeof price === 'number' && typeof size === 'number') {
      doubles[double + PRICE] = price;
      doubles[double + SIZE] = size;
    } else {
      bits |= WIDE;
      this.#wide.set(address, { price, size });
    }
    doubles[double + SEQUENCE] = sequence;
    doubles[double + SECONDS] = seconds;
    words[word + NANOS] = nanos;
    words[word + ID_LO] = idLo;
    words[word + ID_HI] = idHi;
    words[word + PREVIOUS] = previous;
    words[word + INSTRUMENT] = instrument;
    words[word + BITS] = bits;
    this.#next = (address + 1) >>> 0;
    return address;
  }

  /** Forgets the trade that arrived first. */
  dropOldest(): void {
    if ((this.#word(this.#oldest, BITS) & WIDE) !== 0) this.#wide.delete(this.#oldest);
    this.#oldest = (this.#oldest + 1) >>> 0;
  }

  /** Forgets trades from the first to arrive up to one whose time is `seconds` or later. */
  dropBefore(seconds: number): void {
    while (this.#oldest !== this.#next && this.seconds(this.#oldest) < seconds) this.dropOldest();
  }

  /** Doubles the room, up to the bound. */
  grow(): void {
    if (!this.isAtBound) this.#allocate(this.#capacity * 2, this.#recordsInOrder());
  }

  /** Finds a trade that was not cancelled in a chain of `count`, or -1. */
  find(last: number, count: number, idLo: number, idHi: number): number {
    let address = last;
    for (let rank = 0; rank < count; rank += 1) {
      const isMatch =
        this.#word(address, ID_LO) === idLo >>> 0 && this.#word(address, ID_HI) === idHi >>> 0;
      if (isMatch && !this.isCancelled(address)) return address;
      address = this.previous(address);
    }
    return -1;
  }

  cancel(address: number): void {
    const word = this.#slot(address) * RECORD_WORDS + BITS;
    this.#words[word] = (this.#words[word] as number) | CANCELLED;
  }

  replaceAmounts(address: number, price: Int64, size: Int64): void {
    const slot = this.#slot(address);
    const bits = this.#word(address, BITS) & ~WIDE;
    this.#wide.delete(address);
    if (typeof price === 'number' && typeof size === 'number') {
      this.#doubles[slot * RECORD_DOUBLES + PRICE] = price;
      this.#doubles[slot * RECORD_DOUBLES + SIZE] = size;
      this.#words[slot * RECORD_WORDS + BITS] = bits;
    } else {
      this.#wide.set(address, { price, size });
      this.#words[slot * RECORD_WORDS + BITS] = bits | WIDE;
    }
  }

  price(address: number): Int64 {
    return this.#wideAmounts(address)?.price ?? this.#double(address, PRICE);
  }

  size(address: number): Int64 {
    return this.#wideAmounts(address)?.size ?? this.#double(address, SIZE);
  }

  sequence(address: number): number {
    return this.#double(address, SEQUENCE);
  }

  seconds(address: number): number {
    return this.#double(address, SECONDS);
  }

  nanos(address: number): number {
    return this.#word(address, NANOS);
  }

  side(address: number): number {
    return (this.#word(address, BITS) >>> SIDE_SHIFT) & SIDE_MASK;
  }

  updates(address: number): number {
    return this.#word(address, BITS) & UPDATES_MASK;
  }

  isCancelled(address: number): boolean {
    return (this.#word(address, BITS) & CANCELLED) !== 0;
  }

  instrument(address: number): number {
    return this.#word(address, INSTRUMENT);
  }

  previous(address: number): number {
    return this.#word(address, PREVIOUS);
  }

  /** Records go as they lie in memory; every machine that Node runs on is little-endian. */
  writeState(writer: StateWriter): void {
    writer.varint(this.#oldest);
    writer.bytes(this.#recordsInOrder());
    writer.varint(this.#wide.size);
    for (const [address, { price, size }] of this.#wide) {
      writer.varint(address);
      writer.integer(price);
      writer.integer(size);
    }
  }

  readState(reader: StateReader): void {
    const oldest = reader.varint();
    const records = reader.bytes();
    const count = records.length / RECORD_BYTES;
    if (oldest >= 2 ** 32 || !Number.isInteger(count) || count > this.#capacityMax) {
      throw reader.invalid(`${count} retained trades from ${oldest}`);
    }
    let capacity = this.#capacity;
    while (capacity < count) capacity *= 2;
    this.#oldest = oldest;
    this.#next = (oldest + count) >>> 0;
    this.#allocate(capacity, records);
    const wideCount = reader.count(5);
    for (let index = 0; index < wideCount; index += 1) {
      const address = reader.varint();
      this.#wide.set(address, { price: reader.integer(), size: reader.integer() });
    }
  }

  #recordsInOrder(): Uint8Array {
    const bytes = new Uint8Array(this.#doubles.buffer);
    const records = new Uint8Array(this.count * RECORD_BYTES);
    const first = this.#slot(this.#oldest);
    const untilEnd = Math.min(this.count, this.#capacity - first);
    records.set(bytes.subarray(first * RECORD_BYTES, (first + untilEnd) * RECORD_BYTES));
    const rest = this.count - untilEnd;
    records.set(bytes.subarray(0, rest * RECORD_BYTES), untilEnd * RECORD_BYTES);
    return records;
  }

  /** Lays the records out anew: the slot of an address depends on the capacity. */
  #allocate(capacity: number, records: Uint8Array): void {
    this.#capacity = capacity;
    this.#doubles = new Float64Array(capacity * RECORD_DOUBLES);
    this.#words = new Uint32Array(this.#doubles.buffer);
    const bytes = new Uint8Array(this.#doubles.buffer);
    const first = this.#slot(this.#oldest);
    const untilEnd = Math.min(this.count, capacity - first) * RECORD_BYTES;
    bytes.set(records.subarray(0, untilEnd), first * RECORD_BYTES);
    bytes.set(records.subarray(untilEnd), 0);
  }

  #wideAmounts(address: number): WideAmounts | undefined {
    return (this.#word(address, BITS) & WIDE) === 0 ? undefined : this.#wide.get(address);
  }

  #slot(address: number): number {
    return address & (this.#capacity - 1);
  }

  #double(address: number, field: number): number {
    return this.#doubles[this.#slot(address) * RECORD_DOUBLES + field] as number;
  }

  #word(address: number, field: number): number {
    return this.#words[this.#slot(address) * RECORD_WORDS + field] as number;
  }
}
