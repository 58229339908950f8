import { LIMITS } from '../limits.ts';
import type { ToldPort } from './loopback-port.ts';

/** Where the processes of a folder listen. */
export interface FolderPorts {
  /** First choice of shard 0's worker and of its metrics; those of the next shards follow. */
  readonly grpcBase: number;
  readonly httpBase: number;
  readonly gateway: number;
  readonly gatewayHttp: number;
  /** By shard, where others were told of it before: the worker listens there or not at all. */
  readonly told?: readonly ToldPort[];
}

/** @param offset 0 for a region alone, and for the first of two */
export const firstPorts = (offset: number): FolderPorts => ({
  grpcBase: LIMITS.grpcPortBase + offset,
  httpBase: LIMITS.httpPortBase + offset,
  gateway: LIMITS.gatewayPort + offset,
  gatewayHttp: LIMITS.gatewayHttpPort + offset,
});
