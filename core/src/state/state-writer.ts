import type { Int64 } from '../event.ts';
import { canonicalInt64 } from '../fixed-point.ts';
import { IntegerForm } from './integer-form.ts';

const INITIAL_BYTES = 4096;
// A varint of 53 bits.
const VARINT_BYTES_MAX = 8;
const INT32_LIMIT = 2 ** 31;
const LIMB_BITS = 64n;

/**
 * A growable buffer for the binary state of a checkpoint. What is written here is read back in the
 * same order by StateReader. Integrity is the envelope's matter: it carries a checksum.
 */
export class StateWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #encoder = new TextEncoder();

  /** A copy of everything written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  boolean(value: boolean): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value ? 1 : 0;
    this.#length += 1;
  }

  /** A whole number from 0 to 2^53 - 1, in one to eight bytes. */
  varint(value: number): void {
    this.#reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest >= INT32_LIMIT) {
      this.#bytes[this.#length] = (rest % 128) | 128;
      this.#length += 1;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length] = (rest & 127) | 128;
      this.#length += 1;
      rest >>>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** Any integer, also beyond 64 bits. */
  integer(value: Int64): void {
    const canonical = typeof value === 'bigint' ? canonicalInt64(value) : value;
    if (typeof canonical === 'number') {
      this.varint(canonical < 0 ? IntegerForm.NEGATIVE : IntegerForm.POSITIVE);
      this.varint(Math.abs(canonical));
      return;
    }
    const limbs: bigint[] = [];
    let rest = canonical;
    do {
      limbs.push(BigInt.asUintN(64, rest));
      rest >>= LIMB_BITS;
    } while (rest !== 0n && rest !== -1n);
    // The last limb carries the sign.
    limbs.push(BigInt.asUintN(64, rest));
    this.varint(IntegerForm.LIMBS + limbs.length);
    this.#reserve(8 * limbs.length);
    for (const limb of limbs) {
      this.#view.setBigUint64(this.#length, limb, true);
      this.#length += 8;
    }
  }

  /** A double, also an infinite one. */
  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  text(value: string): void {
    this.bytes(this.#encoder.encode(value));
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + extra));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
