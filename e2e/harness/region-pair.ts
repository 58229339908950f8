import path from 'node:path';
import { portOf } from '@feedmill/cli/supervisor/loopback-port';
import type { RegionStatus } from '@feedmill/core/control/region-status';
import type { Connector } from './connector.ts';
import type { Lab } from './lab.ts';
import { digestTables, type TableDigest } from './table-digest.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import { until } from './waiting.ts';
import type { Witness } from './witness.ts';
import type { Worker } from './worker.ts';

export type Side = 'east' | 'west';

export const otherSide = (side: Side): Side => (side === 'east' ? 'west' : 'east');

/** One region of a pair: its worker, its database, and the ways that lead out of it and into it. */
export interface PairedRegion {
  readonly name: Side;
  readonly url: string;
  worker: Worker;
  /** To the worker of the other region. */
  readonly toPeer: TcpProxy;
  readonly toWitness: TcpProxy;
  /** From producers to this region's worker. */
  readonly ingest: TcpProxy;
}

export interface PairOptions {
  readonly flags?: readonly string[];
  /** Beside those, of one region's worker. */
  readonly flagsOf?: (side: Side) => readonly string[];
  /** How far the wall clocks are off, ms. */
  readonly clockShiftMs?: Readonly<Record<Side, number>>;
  readonly producers: readonly string[];
}

/** One shard in two regions with a witness: three sites, and a proxy on each way between them. */
export class RegionPair {
  readonly east: PairedRegion;
  readonly west: PairedRegion;
  witness: Witness;
  readonly #lab: Lab;
  readonly #options: PairOptions;

  private constructor(
    lab: Lab,
    options: PairOptions,
    witness: Witness,
    regions: readonly [PairedRegion, PairedRegion],
  ) {
    this.#lab = lab;
    this.#options = options;
    this.witness = witness;
    [this.east, this.west] = regions;
  }

  static async start(lab: Lab, options: PairOptions): Promise<RegionPair> {
    const witness = lab.startWitness();
    const witnessPort = portOf(await witness.ready());
    const makeRegion = async (name: Side): Promise<PairedRegion> => {
      const [toPeer, toWitness, ingest] = await Promise.all([
        lab.startTcpProxy(),
        lab.startTcpProxy(witnessPort),
        lab.startTcpProxy(),
      ]);
      const url = name === 'east' ? lab.url : await lab.addDatabase(name);
      const worker = undefined as unknown as Worker;
      return { name, url, worker, toPeer, toWitness, ingest };
    };
    const regions = [await makeRegion('east'), await makeRegion('west')] as const;
    const pair = new RegionPair(lab, options, witness, regions);
    await Promise.all([pair.startWorker('east'), pair.startWorker('west')]);
    await pair.becomes('east', 'primary');
    return pair;
  }

  region(side: Side): PairedRegion {
    return side === 'east' ? this.east : this.west;
  }

  /** Starts a region's worker, on the volume that it had before or on a new one. */
  async startWorker(side: Side, volume = side as string): Promise<Worker> {
    const region = this.region(side);
    const { clockShiftMs } = this.#options;
    const worker = this.#lab.startWorker({
      dir: this.#lab.volume(volume),
      postgresUrl: region.url,
      flags: [
        `--region=${side}`,
        `--peer-region=${otherSide(side)}`,
        `--peer=${region.toPeer.address}`,
        `--witness=${region.toWitness.address}`,
        ...(side === 'east' ? ['--first-region'] : []),
        ...(this.#options.flags ?? []),
        ...(this.#options.flagsOf?.(side) ?? []),
      ],
      ...(clockShiftMs && { clockShiftMs: clockShiftMs[side] }),
    });
    region.worker = worker;
    const { grpcAddress } = await worker.ready();
    const port = portOf(grpcAddress);
    region.ingest.targetPort = port;
    this.region(otherSide(side)).toPeer.targetPort = port;
    const bindings = this.#options.producers.map((producer) => ({
      producer,
      shard: 0,
      address: region.ingest.address,
    }));
    await worker.client.setBindings(1, bindings);
    return worker;
  }

  /** Starts the witness again where the regions look for it. */
  async startWitness(flags: readonly string[] = []): Promise<void> {
    this.witness = this.#lab.startWitness(flags);
    const port = portOf(await this.witness.ready());
    for (const { toWitness } of [this.east, this.west]) toWitness.targetPort = port;
  }

  startConnector(source: { producer: string; source: string }, flags: string[] = []): Connector {
    return this.#lab.startConnector({
      ...source,
      address: this.east.ingest.address,
      flags: [`--other-address=${this.west.ingest.address}`, ...flags],
    });
  }

  /** Publishes what is left of a source, as fast as it is taken. */
  async publishRest(source: { producer: string; source: string }): Promise<void> {
    await this.startConnector(source, ['--speed=0']).done();
  }

  async statusOf(side: Side): Promise<RegionStatus | undefined> {
    try {
      return (await this.region(side).worker.state()).region;
    } catch {
      return undefined;
    }
  }

  async becomes(side: Side, role: RegionStatus['role']): Promise<RegionStatus> {
    let seen: RegionStatus | undefined;
    return await until(
      `${side} becomes ${role}`,
      async () => {
        seen = await this.statusOf(side);
        return seen?.role === role ? seen : undefined;
      },
      { seen: () => seen },
    );
  }

  /** Waits until one region is primary and the other holds everything. */
  async inSync(): Promise<Side> {
    let seen: unknown;
    return await until(
      'the regions are in sync',
      async () => {
        const [east, west] = await Promise.all([this.statusOf('east'), this.statusOf('west')]);
        seen = { east, west };
        if (east?.inSync !== true || west?.inSync !== true) return undefined;
        if (east.role === 'primary' && west.role === 'follower') return 'east';
        return west.role === 'primary' && east.role === 'follower' ? 'west' : undefined;
      },
      { seen: () => seen, withinMs: 60_000 },
    );
  }

  /** Ends both, and digests what each has in its Postgres. */
  async digests(): Promise<{ east: TableDigest; west: TableDigest }> {
    let seen: unknown;
    await until(
      'both regions have committed the same',
      async () => {
        const states = await Promise.all([this.east.worker.state(), this.west.worker.state()]);
        const positions = states.flatMap((each) => [each.committedPosition, each.durablePosition]);
        seen = positions;
        return positions.every((position) => position === positions[0]);
      },
      { seen: () => seen, withinMs: 60_000 },
    );
    return { east: await digestTables(this.east.url), west: await digestTables(this.west.url) };
  }

  logOf(side: Side): string {
    return path.basename(this.region(side).worker.child.logFile);
  }
}
