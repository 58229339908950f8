import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Int64 } from './event.ts';
import { ExactProductSum, ExactSum } from './exact-sum.ts';
import { canonicalInt64 } from './fixed-point.ts';

// The limits at which a sum changes its representation are drawn often.
const int64: fc.Arbitrary<Int64> = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.maxSafeInteger().map(BigInt),
    fc.integer().map(BigInt),
    fc
      .tuple(fc.constantFrom(26n, 27n, 51n, 52n, 53n, 62n), fc.constantFrom(-1n, 0n, 1n))
      .chain(([bits, offset]) => fc.constantFrom(2n ** bits + offset, -(2n ** bits) + offset)),
  )
  .map(canonicalInt64);

const step = fc.record({ price: int64, size: int64, isAdded: fc.boolean() });

describe('ExactSum', () => {
  it('equals the sum in bigints after every step', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const sum = new ExactSum();
        let expected = 0n;
        for (const { size, isAdded } of steps) {
          if (isAdded) sum.add(size);
          else sum.subtract(size);
          expected += isAdded ? BigInt(size) : -BigInt(size);
          expect(sum.value()).toBe(expected);
          expect(sum.canonical()).toBe(canonicalInt64(expected));
        }
      }),
    );
  });

  it('adds another sum, and is set from its own value', () => {
    fc.assert(
      fc.property(fc.array(int64), fc.array(int64), (left, right) => {
        const sums = [left, right].map((values) => {
          const sum = new ExactSum();
          for (const value of values) sum.add(value);
          return sum;
        });
        const [total, other] = sums as [ExactSum, ExactSum];
        total.addSum(other);
        const expected = [...left, ...right].reduce<bigint>((sum, each) => sum + BigInt(each), 0n);
        expect(total.value()).toBe(expected);
        const copy = new ExactSum();
        copy.set(expected);
        copy.addSum(other);
        expect(copy.value()).toBe(expected + other.value());
      }),
    );
  });
});

describe('ExactProductSum', () => {
  it('equals the sum of products in bigints after every step', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const sum = new ExactProductSum();
        let expected = 0n;
        for (const { price, size, isAdded } of steps) {
          if (isAdded) sum.add(price, size);
          else sum.subtract(price, size);
          expected += BigInt(price) * BigInt(size) * (isAdded ? 1n : -1n);
          expect(sum.value()).toBe(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('stays exact over many of the largest factors that go by limbs', () => {
    const factor = 2 ** 52 - 1;
    const sum = new ExactProductSum();
    for (let count = 0; count < 1000; count += 1) sum.add(factor, factor);
    for (let count = 0; count < 400; count += 1) sum.subtract(-factor, -factor);
    expect(sum.value()).toBe(600n * BigInt(factor) * BigInt(factor));
  });

  it('adds another sum, and is set from its own value', () => {
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (left, right) => {
        const [total, other] = [left, right].map((steps) => {
          const sum = new ExactProductSum();
          for (const { price, size, isAdded } of steps) {
            if (isAdded) sum.add(price, size);
            else sum.subtract(price, size);
          }
          return sum;
        }) as [ExactProductSum, ExactProductSum];
        const expected = total.value() + other.value();
        const copy = new ExactProductSum();
        copy.set(total.value());
        copy.addSum(other);
        total.addSum(other);
        expect(total.value()).toBe(expected);
        expect(copy.value()).toBe(expected);
      }),
    );
  });
});
