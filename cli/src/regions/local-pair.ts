import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sleep } from '@feedmill/core/clock';
import type { RegionStatus } from '@feedmill/core/control/region-status';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { newClusterId, readBindingsRecord } from '../supervisor/bindings-file.ts';
import type { DeclaredSource } from '../supervisor/declared-source.ts';
import { portOf } from '../supervisor/loopback-port.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import { LocalRegion } from './local-region.ts';
import { otherSide, SIDES, type Side } from './side.ts';
import { WitnessProcess } from './witness-process.ts';

/** The ways between the sites, at addresses that stay whatever becomes of who is there. */
export interface PairLinks {
  /** To the other region's worker of a shard. */
  peer(from: Side, shard: number): Promise<string>;
  witness(from: Side): Promise<string>;
  /** Says where a region's worker, or the witness, listens now. */
  lead(to: Side | 'witness', shard: number, port: number): void;
}

export interface LocalPairOptions {
  readonly command: string;
  /** Absolute; each region has a folder of its own in it. */
  readonly dir: string;
  readonly shardCount: number;
  readonly sources: readonly DeclaredSource[];
  readonly workerFlags: readonly string[];
  readonly links: PairLinks;
}

/** How a shard stands in both regions. */
export interface PairedShard {
  readonly shard: number;
  readonly east: ShardSnapshot | undefined;
  readonly west: ShardSnapshot | undefined;
}

/** Two regions and their witness on this machine. */
export class LocalPair {
  readonly regions: Readonly<Record<Side, LocalRegion>>;
  readonly witness: WitnessProcess;
  readonly #options: LocalPairOptions;
  readonly #deps: ProcessDeps;

  private constructor(
    options: LocalPairOptions,
    deps: ProcessDeps,
    witness: WitnessProcess,
    regions: Readonly<Record<Side, LocalRegion>>,
  ) {
    this.#options = options;
    this.#deps = deps;
    this.witness = witness;
    this.regions = regions;
  }

  /** Chooses ports, and what the regions are told of each other. Nothing runs yet. */
  static async prepare(options: LocalPairOptions, deps: ProcessDeps): Promise<LocalPair> {
    const { dir, shardCount, links, command, sources, workerFlags } = options;
    await mkdir(path.join(dir, 'logs'), { recursive: true });
    const witness = new WitnessProcess(dir, deps);
    const known = await readBindingsRecord(path.join(dir, SIDES[0]));
    const clusterId = known?.clusterId ?? newClusterId();
    const makeRegion = async (name: Side): Promise<LocalRegion> => {
      const peer = otherSide(name);
      const seen = await links.witness(name);
      const peers: string[] = [];
      for (let shard = 0; shard < shardCount; shard += 1) peers.push(await links.peer(name, shard));
      const flags = (shard: number): readonly string[] => [
        ...workerFlags,
        `--region=${name}`,
        `--peer-region=${peer}`,
        `--peer=${peers[shard] ?? ''}`,
        `--witness=${seen}`,
        ...(name === SIDES[0] ? ['--first-region'] : []),
      ];
      const folder = path.join(dir, name);
      return new LocalRegion(
        { name, command, dir: folder, clusterId, shardCount, sources, flags },
        deps,
      );
    };
    const regions = { east: await makeRegion('east'), west: await makeRegion('west') };
    return new LocalPair(options, deps, witness, regions);
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.startWitness(signal);
    await Promise.all(SIDES.map((side) => this.startRegion(side, signal)));
  }

  async startWitness(signal: AbortSignal): Promise<void> {
    await this.witness.start(signal);
    this.#options.links.lead('witness', 0, portOf(this.witness.address));
  }

  async startRegion(side: Side, signal: AbortSignal): Promise<void> {
    const region = this.regions[side];
    await region.start(signal);
    for (const { shard, ready } of region.workers) {
      if (ready !== undefined) this.#options.links.lead(side, shard, portOf(ready.grpcAddress));
    }
  }

  /** Asks every worker; one that does not answer is left out. */
  async shards(): Promise<PairedShard[]> {
    const ask = async (side: Side, shard: number): Promise<ShardSnapshot | undefined> => {
      const worker = this.regions[side].workers.find((each) => each.shard === shard);
      try {
        return await worker?.observe();
      } catch {
        return undefined;
      }
    };
    return await Promise.all(
      Array.from({ length: this.#options.shardCount }, async (_, shard) => {
        const [east, west] = await Promise.all([ask('east', shard), ask('west', shard)]);
        return { shard, east, west };
      }),
    );
  }

  /** Region that is primary of every shard, the other one holding everything; else undefined. */
  async primary(): Promise<Side | undefined> {
    const shards = await this.shards();
    return SIDES.find((side) =>
      shards.every((each) => {
        const ours = each[side]?.region;
        const theirs = each[otherSide(side)]?.region;
        return isMirrored(ours) && theirs?.role === 'follower' && theirs.inSync;
      }),
    );
  }

  /** @throws FeedmillError WORKER_UNAVAILABLE where it does not come to that in time */
  async inSync(signal: AbortSignal): Promise<Side> {
    const { clock } = this.#deps;
    const deadlineMs = clock.monotonicMs() + LIMITS.regionsInSyncMs;
    for (;;) {
      const primary = await this.primary();
      if (primary !== undefined) return primary;
      signal.throwIfAborted();
      if (clock.monotonicMs() > deadlineMs) {
        const seen = (await this.shards()).map(({ shard, east, west }) => ({
          shard,
          east: east?.region?.role,
          west: west?.region?.role,
        }));
        throw new FeedmillError(
          'WORKER_UNAVAILABLE',
          `The regions are not in sync after ${LIMITS.regionsInSyncMs / 1000} s: ` +
            `${JSON.stringify(seen)}. The logs in ${this.#options.dir} say more.`,
        );
      }
      await sleep(clock, LIMITS.readyPollMs, signal);
    }
  }

  /** Both regions have committed all that is in their journals. */
  async isSettled(): Promise<boolean> {
    return (await this.shards()).every(({ east, west }) => {
      const positions = [east, west].flatMap((each) => [
        each?.durablePosition,
        each?.committedPosition,
      ]);
      return positions.every((each) => each !== undefined && each === positions[0]);
    });
  }

  /** Stops what runs in order; whatever was acknowledged is committed in both. */
  async stop(): Promise<void> {
    // The primary first: what it has just acknowledged gets to the other one.
    const first = (await this.primary()) ?? SIDES[0];
    try {
      for (const side of [first, otherSide(first)]) await this.regions[side].drain();
    } finally {
      await this.witness.stop();
      for (const side of SIDES) await this.regions[side].stopPostgres();
    }
  }
}

const isMirrored = (region: RegionStatus | undefined): boolean =>
  region?.role === 'primary' && region.inSync && !region.isAlone;
