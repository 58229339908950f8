import type { Side } from './side.ts';

/** The ways between the sites of a pair. Each gives the address to tell for one that listens. */
export interface PairLinks {
  /** From a region to the other one's worker of a shard. */
  peer(from: Side, shard: number, address: string): Promise<string>;
  witness(from: Side, address: string): Promise<string>;
}

/** They reach each other as they are. */
export const DIRECT_LINKS: PairLinks = {
  peer: async (_from, _shard, address) => address,
  witness: async (_from, address) => address,
};
