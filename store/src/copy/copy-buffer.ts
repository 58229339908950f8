import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { COPY_BUFFER_BYTES_MIN } from './limits.ts';

/** Signature, flags and extension length of Postgres' binary COPY format. */
const COPY_HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');

const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const MESSAGE_HEADER_BYTES = 5;

/** Type number of `text` in pg_type; the same in all versions. */
const TEXT_OID = 25;

/** A field count of -1 closes the data. */
const TRAILER = -1;
const NULL_LENGTH = -1;

/**
 * Rows are sent in CopyData messages of about this size: the server reads a message whole before
 * it looks at it, so smaller ones keep it busy while the rest is on its way.
 */
const FRAME_BYTES = 64 * 1024;

/** Room that beginRow and every variable field leave for the fixed fields after them. */
const FIXED_BYTES_MAX = 1024;

const TWO_32 = 4_294_967_296;
const ASCII_COPY_MAX = 24;

/**
 * Rows of one table in Postgres' binary COPY format, framed as the wire wants them, in one buffer
 * that grows by doubling and is used again and again. 64-bit fields are two halves (`hi` signed,
 * `lo` unsigned), so that a row allocates nothing.
 *
 * Every row starts with `instrument_id, ts_event, producer_id, producer_sequence, ts_recv,
 * ts_init`: that is how a row finds its way back to its event (see row-key.ts).
 */
export class CopyBuffer {
  rowCount = 0;

  #bytes: Buffer;
  #view: DataView;
  #offset = 0;
  #frameStart = 0;
  #rowStarts = new Uint32Array(1024);
  #finished = false;

  constructor(capacityBytes = COPY_BUFFER_BYTES_MIN) {
    this.#bytes = Buffer.allocUnsafeSlow(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.reset();
  }

  /** Bytes used so far, framing included. */
  get byteLength(): number {
    return this.#offset;
  }

  /** Bytes of memory that it holds. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Forgets the rows and keeps the memory. */
  reset(): void {
    this.rowCount = 0;
    this.#finished = false;
    this.#frameStart = 0;
    this.#offset = MESSAGE_HEADER_BYTES;
    this.#bytes[0] = COPY_DATA;
    this.#offset += COPY_HEADER.copy(this.#bytes, this.#offset);
  }

  beginRow(fieldCount: number): void {
    assert(!this.#finished, 'a row was begun after finish()');
    if (this.#offset + FIXED_BYTES_MAX > this.#bytes.length) this.#grow(FIXED_BYTES_MAX);
    if (this.#offset - this.#frameStart >= FRAME_BYTES) this.#nextFrame();
    if (this.rowCount === this.#rowStarts.length) this.#growRowStarts();
    this.#rowStarts[this.rowCount] = this.#offset;
    this.rowCount += 1;
    this.#view.setInt16(this.#offset, fieldCount);
    this.#offset += 2;
  }

  int64(hi: number, lo: number): void {
    const view = this.#view;
    const at = this.#offset;
    view.setInt32(at, 8);
    view.setInt32(at + 4, hi);
    view.setInt32(at + 8, lo);
    this.#offset = at + 12;
  }

  /** @param value a safe integer */
  int64FromNumber(value: number): void {
    this.int64(Math.floor(value / TWO_32), value | 0);
  }

  int64FromBigint(value: bigint): void {
    this.#view.setInt32(this.#offset, 8);
    this.#view.setBigInt64(this.#offset + 4, value);
    this.#offset += 12;
  }

  /** Keeps the low 32 bits: an unsigned value from 2^31 on reads as negative in Postgres. */
  int32(value: number): void {
    const at = this.#offset;
    this.#view.setInt32(at, 4);
    this.#view.setInt32(at + 4, value);
    this.#offset = at + 8;
  }

  int16(value: number): void {
    const at = this.#offset;
    this.#view.setInt32(at, 2);
    this.#view.setInt16(at + 4, value);
    this.#offset = at + 6;
  }

  bool(value: boolean): void {
    const at = this.#offset;
    this.#view.setInt32(at, 1);
    this.#bytes[at + 4] = value ? 1 : 0;
    this.#offset = at + 5;
  }

  float32(value: number): void {
    this.#view.setInt32(this.#offset, 4);
    this.#view.setFloat32(this.#offset + 4, value);
    this.#offset += 8;
  }

  float64(value: number): void {
    this.#view.setInt32(this.#offset, 8);
    this.#view.setFloat64(this.#offset + 4, value);
    this.#offset += 12;
  }

  nullField(): void {
    this.#view.setInt32(this.#offset, NULL_LENGTH);
    this.#offset += 4;
  }

  /** A text, bytea or other variable field from the bytes `start` to `end` of `source`. */
  bytes(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    let at = this.#offset;
    this.#view.setInt32(at, length);
    at += 4;
    if (length <= ASCII_COPY_MAX) {
      // For the short ones a loop is cheaper than a call.
      const target = this.#bytes;
      for (let from = start; from < end; from += 1) target[at++] = source[from] as number;
      this.#offset = at;
    } else {
      this.#bytes.set(source.subarray(start, end), at);
      this.#offset = at + length;
    }
  }

  text(value: string): void {
    // A UTF-16 unit becomes three bytes of UTF-8 at most.
    this.#reserve(value.length * 3);
    const written = this.#bytes.write(value, this.#offset + 4, 'utf8');
    this.#view.setInt32(this.#offset, written);
    this.#offset += 4 + written;
  }

  /** Protobuf has no absent text: the empty one stands for it. */
  textOrNull(value: string): void {
    if (value === '') this.nullField();
    else this.text(value);
  }

  /** A `jsonb` field. */
  json(value: unknown): void {
    const text = JSON.stringify(value);
    this.#reserve(1 + text.length * 3);
    // The binary form is a version number and then the text.
    this.#bytes[this.#offset + 4] = 1;
    const written = this.#bytes.write(text, this.#offset + 5, 'utf8') + 1;
    this.#view.setInt32(this.#offset, written);
    this.#offset += 4 + written;
  }

  /** A `text[]` field of one dimension and at least one element. */
  textArray(values: readonly string[]): void {
    assert(values.length > 0, 'an empty array has no dimension');
    const lengthAt = this.#offset;
    this.#offset += 4;
    const header = [1, 0, TEXT_OID, values.length, 1];
    for (const word of header) {
      this.#view.setInt32(this.#offset, word);
      this.#offset += 4;
    }
    for (const value of values) this.text(value);
    this.#view.setInt32(lengthAt, this.#offset - lengthAt - 4);
  }

  /** Adds the rows `from` to `to` (exclusive) of another buffer of the same columns. */
  appendRows(source: CopyBuffer, from: number, to: number): void {
    assert(!this.#finished, 'rows were added after finish()');
    for (let row = from; row < to; row += 1) {
      const bytes = source.row(row);
      this.beginRow(0);
      this.#reserve(bytes.length);
      this.#offset -= 2;
      this.#bytes.set(bytes, this.#offset);
      this.#offset += bytes.length;
    }
  }

  /** The bytes of a row: field count, then length and bytes of each field. */
  row(index: number): Buffer {
    assert(index < this.rowCount, `row ${index} of ${this.rowCount}`);
    const start = this.#rowStarts[index] as number;
    let at = start + 2;
    for (let field = this.#view.getInt16(start); field > 0; field -= 1) {
      at += 4 + Math.max(0, this.#view.getInt32(at));
    }
    return this.#bytes.subarray(start, at);
  }

  /**
   * Closes the data. The bytes are everything that follows the COPY statement: CopyData messages
   * and CopyDone. They are valid until reset(); calling again returns the same.
   */
  finish(): Buffer {
    if (!this.#finished) {
      this.#reserve(0);
      this.#view.setInt16(this.#offset, TRAILER);
      this.#offset += 2;
      this.#closeFrame();
      this.#bytes[this.#offset] = COPY_DONE;
      this.#view.setInt32(this.#offset + 1, 4);
      this.#offset += MESSAGE_HEADER_BYTES;
      this.#finished = true;
    }
    return this.#bytes.subarray(0, this.#offset);
  }

  /** A message's length counts itself but not its type. */
  #closeFrame(): void {
    this.#view.setInt32(this.#frameStart + 1, this.#offset - this.#frameStart - 1);
  }

  #nextFrame(): void {
    this.#closeFrame();
    this.#frameStart = this.#offset;
    this.#bytes[this.#offset] = COPY_DATA;
    this.#offset += MESSAGE_HEADER_BYTES;
  }

  /** Room for a variable field and the fixed ones after it. */
  #reserve(length: number): void {
    if (this.#offset + length + FIXED_BYTES_MAX > this.#bytes.length) {
      this.#grow(length + FIXED_BYTES_MAX);
    }
  }

  #grow(needed: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#offset + needed));
    this.#bytes.copy(bytes, 0, 0, this.#offset);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  #growRowStarts(): void {
    const rowStarts = new Uint32Array(this.#rowStarts.length * 2);
    rowStarts.set(this.#rowStarts);
    this.#rowStarts = rowStarts;
  }
}
