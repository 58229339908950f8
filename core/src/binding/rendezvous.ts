const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const GOLDEN_RATIO = 0x9e3779b9;

/**
 * How much a producer is drawn to a shard (rendezvous hashing, Thaler and Ravishankar 1998): 32
 * bits that look random and depend on nothing but the two, so that one more shard changes no other
 * shard's score.
 */
export function rendezvousScore(producer: string, shard: number): number {
  return mix(fnv1a(producer) ^ Math.imul(shard + 1, GOLDEN_RATIO));
}

/** Shards 0 to `shardCount` - 1, the most attractive first. */
export function rendezvousOrder(producer: string, shardCount: number): number[] {
  const scores = Array.from({ length: shardCount }, (_, shard) => rendezvousScore(producer, shard));
  return [...scores.keys()].sort((a, b) => scoreOf(scores, b) - scoreOf(scores, a) || a - b);
}

const scoreOf = (scores: readonly number[], shard: number): number => scores[shard] as number;

function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  }
  return hash;
}

/** The finalizer of MurmurHash3: every input bit changes every output bit with chance one half. */
function mix(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
