const TWO_32 = 4_294_967_296;

/**
 * A number from 0 to 2^32 - 1 that looks random and depends on `seed` and `index` alone (the
 * finalizer "lowbias32" of Chris Wellons' hash-prospector, public domain).
 *
 * @param index any safe integer from 0
 */
export function mix32(seed: number, index: number): number {
  let x = (index | 0) ^ Math.imul((index / TWO_32) | 0, 0x9e3779b1) ^ seed;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}
