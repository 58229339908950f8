import { expect, it } from 'vitest';
import { exactExp, softmax3 } from './logistic.ts';

it('exactExp is e to the power of its argument', () => {
  expect(exactExp(0)).toBe(1);
  for (let exponent = -60; exponent < 0; exponent += 0.37) {
    expect(exactExp(exponent) / Math.exp(exponent)).toBeCloseTo(1, 12);
  }
  expect(exactExp(-1000)).toBe(0);
});

it('shares add up to 1, whatever the logits are', () => {
  const shares = new Float64Array(3);
  for (const logits of [
    [0, 0, 0],
    [800, -800, 1],
    [-3, 2, 2],
  ]) {
    softmax3(Float64Array.from(logits), shares);
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
    expect(shares.indexOf(Math.max(...shares))).toBe(logits.indexOf(Math.max(...logits)));
  }
});
