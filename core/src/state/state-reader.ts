import type { Int64 } from '../event.ts';
import { canonicalInt64 } from '../fixed-point.ts';
import { IntegerForm } from './integer-form.ts';

// A sum of products takes three; a longer one is damage, and reading it would only cost time.
const INTEGER_LIMBS_MAX = 8;
const LIMB_BITS = 64n;
// 53 bits in groups of seven.
const VARINT_BYTES_MAX = 8;

/** State that cannot be read: cut off, damaged or of another version. It is rebuilt. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/**
 * Reads back what StateWriter wrote, in the same order. Every read checks its bounds and throws a
 * StateError that names the offset.
 */
export class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether everything has been read. */
  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  boolean(): boolean {
    const at = this.#advance(1);
    const value = this.#bytes[at] as number;
    if (value > 1) throw this.invalid(`byte ${value} is no boolean`);
    return value === 1;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let length = 1; length <= VARINT_BYTES_MAX; length += 1) {
      const byte = this.#bytes[this.#advance(1)] as number;
      value += (byte & 127) * factor;
      if (byte < 128 && value <= Number.MAX_SAFE_INTEGER) return value;
      factor *= 128;
    }
    throw this.invalid('a varint passes 2^53');
  }

  /** A varint that counts things of at least `bytesEach` bytes, which must still lie ahead. */
  count(bytesEach = 1): number {
    const count = this.varint();
    const ahead = this.#bytes.length - this.#offset;
    if (count * bytesEach > ahead) {
      throw this.invalid(`${count} items of ${bytesEach} bytes are announced, ${ahead} bytes left`);
    }
    return count;
  }

  integer(): Int64 {
    const form = this.varint();
    if (form === IntegerForm.POSITIVE) return this.varint();
    if (form === IntegerForm.NEGATIVE) return 0 - this.varint();
    const limbs = form - IntegerForm.LIMBS;
    if (limbs < 1 || limbs > INTEGER_LIMBS_MAX) throw this.invalid(`${limbs} limbs in an integer`);
    const start = this.#advance(8 * limbs);
    let value = 0n;
    for (let limb = 0; limb < limbs; limb += 1) {
      const bits = this.#view.getBigUint64(start + 8 * limb, true);
      value |= bits << (LIMB_BITS * BigInt(limb));
    }
    return canonicalInt64(BigInt.asIntN(64 * limbs, value));
  }

  /** An integer as a bigint, whatever its size. */
  bigint(): bigint {
    return BigInt(this.integer());
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw this.invalid('a text is not UTF-8');
    }
  }

  /** A view into the checkpoint, not a copy. */
  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Refuses state of another version than the one this program writes. */
  version(expected: number, what: string): void {
    const seen = this.varint();
    if (seen !== expected) {
      throw this.invalid(`${what} has version ${seen}, this program reads ${expected}`);
    }
  }

  /** The error for a state that makes no sense, with the offset read up to. */
  invalid(reason: string): StateError {
    return new StateError(`the state cannot be read near byte ${this.#offset}: ${reason}`);
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) {
      throw this.invalid(`${length} bytes are wanted, ${this.#bytes.length - start} are left`);
    }
    this.#offset = start + length;
    return start;
  }
}
