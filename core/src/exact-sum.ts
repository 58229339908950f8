import type { Int64 } from './event.ts';
import { canonicalInt64 } from './fixed-point.ts';

const SAFE_LIMIT = 2 ** 53;
const LIMB = 2 ** 26;
const PRODUCT_LIMIT = 2 ** 52;

/**
 * A running sum of 64-bit integers that never rounds. It adds doubles and moves them into a bigint
 * before they could pass 2^53, so that the usual value costs one addition and no allocation.
 */
export class ExactSum {
  // The sum is #high + #low, and |#low| stays below 2^53.
  #low = 0;
  #high = 0n;

  add(value: Int64): void {
    if (typeof value === 'number') {
      const low = this.#low + value;
      if (low < SAFE_LIMIT && low > -SAFE_LIMIT) {
        this.#low = low;
        return;
      }
    }
    this.#high += BigInt(value);
  }

  subtract(value: Int64): void {
    this.add(-value);
  }

  addSum(other: ExactSum): void {
    this.add(other.#low);
    if (other.#high !== 0n) this.#high += other.#high;
  }

  value(): bigint {
    return this.#high + BigInt(this.#low);
  }

  /** The value as a number where it is below 2^53. It may take more than 64 bits. */
  canonical(): Int64 {
    return this.#high === 0n ? this.#low : canonicalInt64(this.value());
  }

  set(value: bigint): void {
    const canonical = canonicalInt64(value);
    this.#low = typeof canonical === 'number' ? canonical : 0;
    this.#high = typeof canonical === 'number' ? 0n : canonical;
  }
}

/**
 * A running sum of price times size that never rounds; its unit is 1e-18. Factors below 2^52 are
 * multiplied as pairs of 26-bit limbs, so that a trade costs a few multiplications and no bigint.
 */
export class ExactProductSum {
  // The sum is #bigint + #high * 2^52 + #middle * 2^26 + #low, and each limb stays below 2^53. They
  // are carried over only when they would pass that, since most additions are far from it.
  #low = 0;
  #middle = 0;
  #high = 0;
  #bigint = 0n;

  add(price: Int64, size: Int64): void {
    if (
      typeof price === 'number' &&
      typeof size === 'number' &&
      Math.abs(price) < PRODUCT_LIMIT &&
      Math.abs(size) < PRODUCT_LIMIT
    ) {
      // Rounded down, so that a low limb is never negative and a high one is at most 2^26.
      const priceHigh = Math.floor(price / LIMB);
      const priceLow = price - priceHigh * LIMB;
      const sizeHigh = Math.floor(size / LIMB);
      const sizeLow = size - sizeHigh * LIMB;
      this.#addLow(priceLow * sizeLow);
      this.#addMiddle(priceHigh * sizeLow + priceLow * sizeHigh);
      if (sizeHigh !== 0) this.#addHigh(priceHigh * sizeHigh);
    } else {
      this.#bigint += BigInt(price) * BigInt(size);
    }
  }

  subtract(price: Int64, size: Int64): void {
    this.add(-price, size);
  }

  addSum(other: ExactProductSum): void {
    this.#addLow(other.#low);
    this.#addMiddle(other.#middle);
    this.#addHigh(other.#high);
    if (other.#bigint !== 0n) this.#bigint += other.#bigint;
  }

  value(): bigint {
    const limbs = (BigInt(this.#high) << 52n) + (BigInt(this.#middle) << 26n) + BigInt(this.#low);
    return this.#bigint + limbs;
  }

  set(value: bigint): void {
    this.#low = 0;
    this.#middle = 0;
    this.#high = 0;
    this.#bigint = value;
  }

  // Both operands below are integers below 2^53, so a sum that comes out below 2^53 is exact.

  #addLow(term: number): void {
    const low = this.#low + term;
    if (low < SAFE_LIMIT && low > -SAFE_LIMIT) {
      this.#low = low;
      return;
    }
    const carry = Math.floor(this.#low / LIMB);
    this.#low -= carry * LIMB;
    this.#addMiddle(carry);
    const termCarry = Math.floor(term / LIMB);
    this.#low += term - termCarry * LIMB;
    this.#addMiddle(termCarry);
  }

  #addMiddle(term: number): void {
    const middle = this.#middle + term;
    if (middle < SAFE_LIMIT && middle > -SAFE_LIMIT) {
      this.#middle = middle;
      return;
    }
    const carry = Math.floor(this.#middle / LIMB);
    this.#middle -= carry * LIMB;
    this.#addHigh(carry);
    const termCarry = Math.floor(term / LIMB);
    this.#middle += term - termCarry * LIMB;
    this.#addHigh(termCarry);
  }

  #addHigh(term: number): void {
    const high = this.#high + term;
    if (high < SAFE_LIMIT && high > -SAFE_LIMIT) {
      this.#high = high;
      return;
    }
    this.#bigint += (BigInt(this.#high) + BigInt(term)) << 52n;
    this.#high = 0;
  }
}
