import { createHash } from 'node:crypto';

/**
 * The id of an instrument or producer: the first 63 bits of the SHA-256 of its canonical name, so
 * that every region, restart and replay computes the same without asking anyone. Among a million
 * names the chance of a collision is one in twenty million.
 *
 * @returns a positive number below 2^63
 */
export function stableId(name: string): bigint {
  return createHash('sha256').update(name, 'utf8').digest().readBigUInt64BE(0) >> 1n;
}
