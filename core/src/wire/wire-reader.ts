import { WireError, WireType } from './wire-format.ts';

/**
 * A cursor over protobuf bytes. Every read is checked against `end`; anything that does not fit
 * throws WireError with the offset. Multi-byte fixed values are read as two 32-bit halves
 * (`hi` signed, `lo` unsigned), so that no BigInt is made.
 */
export class WireReader {
  bytes: Uint8Array = new Uint8Array(0);
  offset = 0;
  end = 0;
  /** Halves of the last value that readFixed64 took. */
  hi = 0;
  lo = 0;
  /** Range of the last value that readBytes took. */
  start = 0;
  stop = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));

  reset(bytes: Uint8Array, offset = 0, end = bytes.length): void {
    if (
      bytes.buffer !== this.#view.buffer ||
      bytes.byteOffset !== this.#view.byteOffset ||
      bytes.byteLength !== this.#view.byteLength
    ) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  /** An unsigned varint below 2^32 (larger ones keep their low 32 bits, as protobuf says). */
  readVarint32(): number {
    const { bytes } = this;
    let at = this.offset;
    let byte = at < this.end ? (bytes[at++] as number) : this.#truncated();
    if (byte < 0x80) {
      this.offset = at;
      return byte;
    }
    let value = byte & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      byte = at < this.end ? (bytes[at++] as number) : this.#truncated();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.offset = at;
        return value >>> 0;
      }
    }
    throw new WireError(`a varint at offset ${this.offset} is longer than 10 bytes`);
  }

  /** A zigzag-coded signed 32-bit varint. */
  readSint32(): number {
    const value = this.readVarint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Eight bytes into `hi` and `lo`. */
  readFixed64(): void {
    const at = this.offset;
    if (at + 8 > this.end) this.#truncated();
    this.lo = this.#view.getUint32(at, true);
    this.hi = this.#view.getInt32(at + 4, true);
    this.offset = at + 8;
  }

  /** A length-delimited value into `start` and `stop`. */
  readBytes(): void {
    const length = this.readVarint32();
    if (length > this.end - this.offset) {
      throw new WireError(
        `a field at offset ${this.offset} claims ${length} bytes, of which ` +
          `${this.end - this.offset} are left`,
      );
    }
    this.start = this.offset;
    this.stop = this.offset + length;
    this.offset = this.stop;
  }

  /** Skips the value of a field that this reader does not know. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WireType.VARINT:
        this.readVarint32();
        return;
      case WireType.FIXED64:
        if (this.offset + 8 > this.end) this.#truncated();
        this.offset += 8;
        return;
      case WireType.BYTES:
        this.readBytes();
        return;
      case WireType.FIXED32:
        if (this.offset + 4 > this.end) this.#truncated();
        this.offset += 4;
        return;
      default:
        throw new WireError(`wire type ${tag & 7} at offset ${this.offset} does not exist`);
    }
  }

  #truncated(): never {
    throw new WireError(`the bytes end at offset ${this.end} in the middle of a field`);
  }
}
