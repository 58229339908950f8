import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { drillsFolder } from '../drill/kept-report.ts';
import { LIMITS } from '../limits.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import { newClusterId, readBindingsRecord } from '../supervisor/bindings-file.ts';
import type { DeclaredSource } from '../supervisor/declared-source.ts';
import { type FolderPorts, firstPorts } from '../supervisor/folder-ports.ts';
import { ToldPort } from '../supervisor/loopback-port.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import type { Steering } from '../supervisor/steering.ts';
import type { DrainOutcome } from '../supervisor/supervisor.ts';
import { LocalRegion } from './local-region.ts';
import type { PairLinks } from './pair-links.ts';
import { type PairedShard, pairStanding } from './pair-standing.ts';
import { type AskedPair, untilInSync } from './pair-waiting.ts';
import { otherSide, SIDES, type Side } from './side.ts';
import { WitnessProcess } from './witness-process.ts';

export interface LocalPairOptions {
  readonly command: string;
  /** Absolute; each region has a folder of its own in it. */
  readonly dir: string;
  readonly shardCount: number;
  readonly sources: readonly DeclaredSource[];
  readonly references: readonly ReferenceFile[];
  /** Whether each region serves the API and the console. */
  readonly hasGateway: boolean;
  /** What can be changed by way of their gateways. */
  readonly steering?: Steering;
  readonly workerFlags: readonly string[];
  readonly links: PairLinks;
}

/** Two regions and their witness on this machine. */
export class LocalPair implements AskedPair {
  readonly regions: Readonly<Record<Side, LocalRegion>>;
  readonly witness: WitnessProcess;
  readonly inSyncMs = LIMITS.regionsInSyncMs;
  readonly logs: string;
  readonly #options: LocalPairOptions;
  readonly #deps: ProcessDeps;
  readonly #ports: Readonly<Record<Side, RegionPorts>>;

  private constructor(
    options: LocalPairOptions,
    deps: ProcessDeps,
    witness: WitnessProcess,
    regions: Readonly<Record<Side, LocalRegion>>,
    ports: Readonly<Record<Side, RegionPorts>>,
  ) {
    this.logs = `the logs in ${options.dir}`;
    this.#options = options;
    this.#deps = deps;
    this.witness = witness;
    this.regions = regions;
    this.#ports = ports;
  }

  /**
   * Chooses ports, and what the regions are told of each other. Nothing runs yet.
   *
   * @param onProcess the witness was started, listens, or ended
   */
  static async prepare(
    options: LocalPairOptions,
    onProcess: () => void,
    deps: ProcessDeps,
  ): Promise<LocalPair> {
    const { dir, links } = options;
    await mkdir(path.join(dir, 'logs'), { recursive: true });
    const witnessPort = await ToldPort.choose(LIMITS.witnessPort);
    const witness = new WitnessProcess(dir, witnessPort, onProcess, deps);
    // One region may have lost its folder.
    const [one, other] = SIDES.map((side) => path.join(dir, side)) as [string, string];
    const known = (await readBindingsRecord(one)) ?? (await readBindingsRecord(other));
    const clusterId = known?.clusterId ?? newClusterId();
    const ports = {
      east: await choosePorts('east', options),
      west: await choosePorts('west', options),
    };
    const makeRegion = async (name: Side): Promise<LocalRegion> => {
      const peer = otherSide(name);
      const seen = await links.witness(name, witnessPort.address);
      const peers: string[] = [];
      for (const [shard, { address }] of ports[peer].told.entries()) {
        peers.push(await links.peer(name, shard, address));
      }
      const flags = (shard: number): readonly string[] => [
        ...options.workerFlags,
        `--region=${name}`,
        `--peer-region=${peer}`,
        `--peer=${peers[shard] ?? ''}`,
        `--witness=${seen}`,
        ...(name === SIDES[0] ? ['--first-region'] : []),
      ];
      const folders = { dir: path.join(dir, name), peerDir: path.join(dir, peer) };
      // Drills are of both regions.
      const drillsDir = drillsFolder(dir);
      const mine = { ...folders, name, clusterId, ports: ports[name], flags, drillsDir };
      const region = { ...options, ...mine };
      return new LocalRegion(region, ofRegion(name, witness, deps));
    };
    const regions = { east: await makeRegion('east'), west: await makeRegion('west') };
    return new LocalPair(options, deps, witness, regions, ports);
  }

  /** host:port of each shard's worker in a region, whether it runs or not. */
  addresses(side: Side): readonly string[] {
    return this.#ports[side].told.map(({ address }) => address);
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.witness.start(signal);
    await Promise.all(SIDES.map((side) => this.regions[side].start(signal)));
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
    const standing = pairStanding(await this.shards());
    return standing.kind === 'in-sync' ? standing.primary : undefined;
  }

  /** @throws FeedmillError WORKER_UNAVAILABLE where it does not come to that in time */
  async inSync(signal: AbortSignal): Promise<Side> {
    return await untilInSync(this, this.#deps.clock, signal);
  }

  /**
   * Ends the workers in order: whatever was acknowledged is committed in both regions, and whoever
   * was primary is so at the next start. Postgres stays until `stopPostgres`.
   */
  async drain(): Promise<DrainOutcome> {
    const first = await this.primary();
    // Without the witness nobody is promoted while the primary ends before its follower. It has to
    // be asked where one region is alone.
    if (first !== undefined) await this.witness.stop();
    const sides = [first ?? SIDES[0], otherSide(first ?? SIDES[0])];
    const unfinished = new Set<number>();
    // The primary first: what it has just acknowledged gets to the other one.
    for (const side of sides) {
      for (const shard of (await this.regions[side].drain()).unfinished) unfinished.add(shard);
    }
    await this.witness.stop();
    return { unfinished: [...unfinished] };
  }

  async stopPostgres(): Promise<void> {
    await Promise.all(SIDES.map((side) => this.regions[side].stopPostgres()));
  }

  /** Ends everything at once. */
  kill(): void {
    this.witness.kill();
    for (const side of SIDES) this.regions[side].kill();
  }
}

/** What a worker then warns of. */
const WITNESS_SILENT = 'The witness does not answer.';

type RegionPorts = FolderPorts & { readonly told: readonly ToldPort[] };

async function choosePorts(side: Side, { shardCount }: LocalPairOptions): Promise<RegionPorts> {
  const ports = firstPorts(SIDES.indexOf(side) * LIMITS.regionPortStep);
  const told: ToldPort[] = [];
  for (let shard = 0; shard < shardCount; shard += 1) {
    told.push(await ToldPort.choose(ports.grpcBase + shard));
  }
  return { ...ports, told };
}

/** What a region says begins with its name. */
function ofRegion(name: Side, witness: WitnessProcess, deps: ProcessDeps): ProcessDeps {
  const { reporter } = deps;
  const said = (text: string): string => `${name}: ${text}`;
  return {
    ...deps,
    reporter: {
      note: (text) => reporter.note(said(text)),
      warn: (text) => {
        // At the end the witness is stopped before the workers.
        if (witness.isStopped && text.endsWith(WITNESS_SILENT)) return;
        reporter.warn(said(text));
      },
      show: () => undefined,
      close: () => undefined,
    },
  };
}
