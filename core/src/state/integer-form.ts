/**
 * How StateWriter begins an integer: a sign, followed by the magnitude as a varint, or from LIMBS
 * on the number of 64-bit limbs in two's complement, lowest first.
 */
export const IntegerForm = { POSITIVE: 0, NEGATIVE: 1, LIMBS: 2 } as const;
