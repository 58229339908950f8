import { FeedmillError } from '@feedmill/core/errors';
import type { WorkerConfig } from '@feedmill/pod-worker/config';
import { assertLimits } from '@feedmill/pod-worker/limits';
import { WorkerMetrics } from '@feedmill/pod-worker/observe/worker-metrics';
import { openShard } from '@feedmill/pod-worker/open-shard';
import { joinLives } from '@feedmill/pod-worker/past-lives';
import { hasRegions, ONE_REGION } from '@feedmill/pod-worker/region/region-config';
import { postgresStore } from '@feedmill/pod-worker/sink/postgres-store';
import { Worker } from '@feedmill/pod-worker/worker';
import type { WorkerDeps, WorkerLog } from '@feedmill/pod-worker/worker-deps';
import { SimDisk } from '../disk/sim-disk.ts';
import type { SimVolume } from '../disk/sim-volume.ts';
import type { SimHost } from '../kernel/sim-host.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import { simDoors } from '../net/sim-doors.ts';
import { simRegionLinks } from '../net/sim-region-links.ts';
import { simConnect } from '../postgres/sim-pg-client.ts';
import { simPool } from '../postgres/sim-pg-pool.ts';
import { judgeZombie } from './judge-end.ts';
import { type Kept, KeptNode } from './kept-node.ts';
import type { Region } from './region.ts';
import type { World } from './world.ts';

const CLUSTER_ID = 'sim';
const YIELD_MS = 0.01;
/** Where a worker finds its volume, the same on every machine. */
export const VOLUME_FOLDER = '/volume';

/** One shard's worker: its machine, its volume, and the process that runs there now. */
export class WorkerNode implements Kept {
  readonly name: string;
  readonly shard: number;
  readonly host: SimHost;
  volume: SimVolume;
  readonly address: string;
  readonly kept: KeptNode;
  /** The next start goes on although the journal is behind or gone. */
  acceptsJournalLoss = false;
  readonly #world: World;
  readonly #region: Region;
  #worker: Worker | undefined;

  constructor(world: World, region: Region, shard: number) {
    this.#world = world;
    this.#region = region;
    this.shard = shard;
    this.name = region.nodeName(`worker-${shard}`);
    this.host = world.host(this.name);
    this.volume = world.volume(this.name);
    this.address = `${this.host.name}:7400`;
    this.kept = new KeptNode(world, this);
  }

  /** Whether it accepts producers now. */
  get isUp(): boolean {
    return this.#worker !== undefined && this.kept.program?.hasEnded === false;
  }

  /** Whether the machine has the volume that it should have. */
  get hasOwnVolume(): boolean {
    return this.volume === this.#world.volume(this.name);
  }

  live(program: SimProcess): void {
    this.#worker = undefined;
    this.#live(program).catch((error: unknown) => program.fail(FeedmillError.from(error)));
  }

  /**
   * Goes on somewhere else, with what is durable on the volume, while the process that was given up
   * still runs: its machine was only thought to be gone.
   */
  leaveZombie(): void {
    if (!this.kept.isReplaceable || !this.hasOwnVolume) return;
    this.volume = this.#world.replaceVolume(this.name);
    this.kept.replace((end) => judgeZombie(this.#world, this.name, end));
  }

  /** SIGTERM. */
  stop(): void {
    const { program } = this.kept;
    this.#worker?.stop().catch((error: unknown) => program?.fail(FeedmillError.from(error)));
  }

  async #live(program: SimProcess): Promise<void> {
    const disk = new SimDisk(program, this.volume);
    const pastHolders = await joinLives(disk, VOLUME_FOLDER, program.name);
    const deps = this.#deps(program, disk, pastHolders);
    const worker = new Worker(deps, await openShard(deps));
    await worker.serve();
    this.acceptsJournalLoss = false;
    this.#worker = worker;
    await worker.run();
    await worker.close();
    program.exit();
  }

  #deps(program: SimProcess, disk: SimDisk, pastHolders: ReadonlySet<string>): WorkerDeps {
    const { network, options } = this.#world;
    const traits = options.worker;
    const config: WorkerConfig = {
      shard: this.shard,
      dir: VOLUME_FOLDER,
      postgres: this.#region.postgresUrl,
      clusterId: CLUSTER_ID,
      listen: this.address,
      http: `${this.host.name}:7500`,
      tlsCertificate: '',
      tlsKey: '',
      logLevel: 'info',
      batchBytesMax: traits.batchBytesMax,
      journalBytesMax: 0,
      segmentBytes: traits.segmentBytes,
      storeBookDeltas: traits.storesBooks,
      allowedLatenessMs: traits.allowedLatenessMs,
      quoteAgeMaxMs: traits.quoteAgeMaxMs,
      feedSilenceMaxMs: traits.feedSilenceMaxMs,
      sentimentModel: 'off',
      alertWebhookUrl: '',
      alertWebhookSecret: '',
      checkpointIntervalMs: traits.checkpointIntervalMs,
      ...ONE_REGION,
      ...this.#pairSettings(),
      acceptJournalLoss: this.acceptsJournalLoss,
    };
    const { limits } = traits;
    assertLimits(limits, config);
    const log = this.#log(program);
    return {
      config,
      limits,
      disk,
      clock: program.clock,
      doors: simDoors(program, network),
      store: postgresStore({
        config,
        limits,
        clock: program.clock,
        log,
        pool: simPool(program, network, config.postgres, `feedmill-worker-${this.shard}`),
        connect: simConnect(program, network),
        holder: program.name,
        pastHolders,
      }),
      sentimentModel: undefined,
      ...(hasRegions(config) && { regionLinks: simRegionLinks(program, network, config) }),
      webhook: undefined,
      metrics: new WorkerMetrics(this.shard),
      log,
      yieldTurn: () => program.wait(YIELD_MS, 'yield'),
      journalBytesMax: traits.journalSegments * traits.segmentBytes,
      fail: (error) => program.fail(error),
    };
  }

  /** Where the other region and the witness are, if there are two. */
  #pairSettings(): Partial<WorkerConfig> {
    const { witness, options, regions } = this.#world;
    const other = this.#world.otherRegion(this.#region);
    if (other === undefined || witness === undefined || options.regions === undefined) return {};
    return {
      region: this.#region.name,
      peerRegion: other.name,
      peer: other.workers[this.shard]?.address ?? '',
      witness: witness.address,
      firstRegion: this.#region === regions[0],
      standbyLoss: options.regions.standbyLoss,
    };
  }

  #log(program: SimProcess): WorkerLog {
    const say =
      (level: string) =>
      (fields: object, sentence: string): void => {
        const known = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
        this.#world.note(`${program.name} ${level}: ${sentence}${known}`);
      };
    return { info: say('info'), warn: say('warn'), error: say('error') };
  }
}
