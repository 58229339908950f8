import type { Int64 } from '../event.ts';

const TWO_32 = 4_294_967_296;
const INITIAL_BYTES = 16 * 1024;

/** A growable buffer that protobuf fields are written into, front to back. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Forgets the content and keeps the memory. */
  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written from `start` on. */
  take(start = 0): Buffer {
    return Buffer.from(this.#bytes.subarray(start, this.#length));
  }

  /** Makes room for `extra` more bytes, so that the unchecked writes below are safe. */
  reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + extra));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  /** An unsigned varint below 2^32; at most 5 bytes. */
  varint(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Tag and eight bytes; the tag is one byte here. */
  fixed64Field(tag: number, value: Int64): void {
    const at = this.#length;
    this.#bytes[at] = tag;
    if (typeof value === 'number') {
      this.#view.setUint32(at + 1, value >>> 0, true);
      this.#view.setInt32(at + 5, Math.floor(value / TWO_32), true);
    } else {
      this.#view.setBigUint64(at + 1, BigInt.asUintN(64, value), true);
    }
    this.#length = at + 9;
  }

  /** Tag and varint, left out where the value is proto3's default. */
  varintField(tag: number, value: number | undefined): void {
    if (value === undefined || value === 0) return;
    this.#bytes[this.#length++] = tag;
    this.varint(value);
  }

  /** Tag, length and UTF-8 text, left out where it is empty. Reserves its own room. */
  textField(tag: number, text: string | undefined): void {
    if (text === undefined || text.length === 0) return;
    const length = text.length;
    // Three bytes a UTF-16 unit is the most that UTF-8 takes.
    this.reserve(length * 3 + 12);
    if (length < 64 && tag < 0x80 && this.#asciiField(tag, text)) return;
    const byteLength = Buffer.byteLength(text);
    this.varint(tag);
    this.varint(byteLength);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Tag, length and bytes. Reserves its own room. */
  bytesField(tag: number, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    this.reserve(bytes.length + 12);
    this.varint(tag);
    this.varint(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /**
   * Begins a nested message whose length is not known yet: one byte is kept for it.
   *
   * @returns the mark to give to endMessage
   */
  beginMessage(tag: number): number {
    this.varint(tag);
    this.#length += 1;
    return this.#length;
  }

  /** Writes the length of the message begun at `mark`; moves it where one byte is too few. */
  endMessage(mark: number): void {
    const size = this.#length - mark;
    if (size < 0x80) {
      this.#bytes[mark - 1] = size;
      return;
    }
    let lengthBytes = 1;
    for (let rest = size >>> 7; rest > 0; rest >>>= 7) lengthBytes += 1;
    this.reserve(lengthBytes);
    this.#bytes.copyWithin(mark + lengthBytes - 1, mark, this.#length);
    const end = this.#length + lengthBytes - 1;
    this.#length = mark - 1;
    this.varint(size);
    this.#length = end;
  }

  /** Overwrites eight bytes written before. */
  patchFixed64(offset: number, value: number): void {
    this.#view.setUint32(offset, value >>> 0, true);
    this.#view.setInt32(offset + 4, Math.floor(value / TWO_32), true);
  }

  #asciiField(tag: number, text: string): boolean {
    const start = this.#length;
    let at = start + 2;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[at++] = code;
    }
    this.#bytes[start] = tag;
    this.#bytes[start + 1] = text.length;
    this.#length = at;
    return true;
  }
}
