const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x0100_0193;
const OTHER_OFFSET = 0x9747_b28c;
const OTHER_PRIME = 0x5bd1_e995;

/**
 * A 64-bit hash of an id's bytes, as two halves: FNV-1a and a second pass with other constants.
 * Among a million ids of one window a collision has a chance of one in 37 million.
 */
class IdHash {
  hi = 0;
  lo = 0;

  hash(bytes: Uint8Array, start: number, end: number): void {
    let lo = FNV_OFFSET;
    let hi = OTHER_OFFSET;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] as number;
      lo = Math.imul(lo ^ byte, FNV_PRIME);
      hi = Math.imul((hi ^ byte) + (hi >>> 15), OTHER_PRIME);
    }
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
  }
}

/** One instance serves all: the halves are read right after `hash`. */
export const idHash = new IdHash();
