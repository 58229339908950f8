const TERMS = 14;
// Beyond it nothing of a double is left below 1.
const EXPONENT_MIN = -700;

/**
 * e to the power of a number that is not positive, by additions, multiplications and divisions
 * alone: those are exact to the last bit everywhere, whereas Math.exp may differ between machines.
 */
export function exactExp(exponent: number): number {
  if (exponent < EXPONENT_MIN) return 0;
  // e^x = 2^k e^r with r within half of ln 2.
  const power = Math.round(exponent / Math.LN2);
  const rest = exponent - power * Math.LN2;
  let sum = 1;
  for (let term = TERMS; term > 0; term -= 1) sum = 1 + (sum * rest) / term;
  // Doubling and halving are exact.
  for (let left = -power; left > 0; left -= 1) sum /= 2;
  return sum;
}

/** Shares of three logits, written into `shares`; they add up to 1. */
export function softmax3(logits: Float64Array, shares: Float64Array): void {
  const [a = 0, b = 0, c = 0] = logits;
  const top = Math.max(a, b, c);
  const ea = exactExp(a - top);
  const eb = exactExp(b - top);
  const ec = exactExp(c - top);
  const sum = ea + eb + ec;
  shares[0] = ea / sum;
  shares[1] = eb / sum;
  shares[2] = ec / sum;
}
