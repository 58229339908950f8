import { ControlClient } from '@feedmill/core/adapters/control-client';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import type { WorkerAddresses } from '@feedmill/producer/sdk/locator';
import { Kubectl, outputOf } from '../kube/kubectl.ts';
import { LIMITS } from '../limits.ts';
import type { PairedShard } from '../regions/pair-standing.ts';
import { otherSide, SIDES, type Side } from '../regions/side.ts';
import type { DrillName } from './drill-kinds.ts';
import { feedName } from './drill-load.ts';
import type { DrillScene, Fault } from './drill-scene.ts';

/** What `kind/up --regions 2` makes; deploy/demo/regions.yaml has the same. */
const NAMESPACE = 'feedmill';
const STREAM_CLUSTER = 'ticks';
/** Of the node, for its one shard. */
const WORKER_PORT = 30_400;
const POSTGRES_PORT = 30_432;
const NETWORK = 'kind';
const WORKERS = '--selector=app.kubernetes.io/component=worker';
/** At once, without a word to what runs in it. */
const AT_ONCE = ['--grace-period=0', '--force', '--wait=false'] as const;

export interface KindSceneOptions {
  /** Name of the first region's kind cluster. */
  readonly name: string;
  readonly feeds: number;
}

/** One region: a kind cluster of one node, which is a container of Docker. */
interface KindRegion {
  readonly node: string;
  readonly address: string;
  readonly kubectl: Kubectl;
  readonly worker: ControlClient;
}

/** Two kind clusters and a witness beside them, as `kind/up --regions 2` makes them. */
export class KindScene implements DrillScene {
  readonly fronts: Readonly<Record<Side, WorkerAddresses>>;
  readonly postgresUrls: readonly [string, string];
  readonly inSyncMs = LIMITS.kindInSyncMs;
  readonly logs = 'kubectl feedmill status, and the logs of the workers,';
  readonly #options: KindSceneOptions;
  readonly #regions: Readonly<Record<Side, KindRegion>>;
  readonly #faults: Readonly<Record<DrillName, Fault>>;
  /** Gives back what is taken away now. */
  #restore: (() => Promise<unknown>) | undefined;

  private constructor(options: KindSceneOptions, regions: Readonly<Record<Side, KindRegion>>) {
    const { east, west } = regions;
    // What the workers say of themselves is known within their cluster alone.
    this.fronts = { east: { fixed: east.worker.address }, west: { fixed: west.worker.address } };
    this.postgresUrls = [postgresAt(east.address), postgresAt(west.address)];
    this.#options = options;
    this.#regions = regions;
    this.#faults = this.#makeFaults();
  }

  /** @throws FeedmillError USAGE where the clusters are not there */
  static async find(options: KindSceneOptions): Promise<KindScene> {
    const [east, west] = await Promise.all(
      SIDES.map((side) => findRegion(clusterOf(options.name, side))),
    );
    if (east === undefined || west === undefined) throw new Error('There are two sides.');
    return new KindScene(options, { east, west });
  }

  /** Makes the producers known in both regions, on the one shard. */
  async start(): Promise<void> {
    const names = Array.from({ length: this.#options.feeds }, (_, index) => feedName(index));
    const manifests = names.map(producerManifest);
    await Promise.all(
      SIDES.map(async (side) => {
        const { kubectl } = this.#regions[side];
        const list = { apiVersion: 'v1', kind: 'List', items: manifests };
        await kubectl.apply(list, NAMESPACE);
        const bound = ['--for=condition=Bound', '--timeout=120s', `--namespace=${NAMESPACE}`];
        await kubectl.say('wait', ...bound, ...names.map((name) => `producer/${name}`));
      }),
    );
  }

  async shards(): Promise<PairedShard[]> {
    const ask = async (side: Side): Promise<ShardSnapshot | undefined> => {
      try {
        return await this.#regions[side].worker.getState();
      } catch {
        return undefined;
      }
    };
    const [east, west] = await Promise.all([ask('east'), ask('west')]);
    return [{ shard: 0, east, west }];
  }

  async begin(drill: DrillName, primary: Side): Promise<void> {
    await this.#faults[drill].begin(primary);
  }

  async heal(drill: DrillName, primary: Side, signal: AbortSignal): Promise<void> {
    await this.#faults[drill].heal(primary, signal);
  }

  async release(): Promise<void> {
    const restore = this.#restore;
    this.#restore = undefined;
    await restore?.();
  }

  async close(): Promise<void> {
    for (const side of SIDES) this.#regions[side].worker.close();
  }

  #makeFaults(): Readonly<Record<DrillName, Fault>> {
    const heal = (): Promise<void> => this.release();
    const docker = (...args: string[]): Promise<string> => outputOf('docker', args);
    /** Docker does something to a container, and the opposite to heal it. */
    const contained = (
      container: (primary: Side) => string,
      does: string,
      undoes: string,
    ): Fault => ({
      begin: async (primary) => {
        this.#restore = () => docker(undoes, container(primary));
        await docker(does, container(primary));
      },
      heal,
    });
    const nodeOf = (side: Side): string => this.#regions[side].node;
    const kubectl = async (side: Side, ...args: string[]): Promise<void> => {
      await this.#regions[side].kubectl.say(...args, `--namespace=${NAMESPACE}`);
    };
    return {
      'region-loss': contained(nodeOf, 'kill', 'start'),
      zombie: contained(nodeOf, 'pause', 'unpause'),
      'witness-loss': contained(() => `${this.#options.name}-witness`, 'kill', 'start'),
      partition: {
        begin: async (primary) => {
          const { node, address } = this.#regions[primary];
          const again = ['network', 'connect', '--ip', address, NETWORK, node];
          this.#restore = () => docker(...again);
          await docker('network', 'disconnect', NETWORK, node);
        },
        heal,
      },
      'pod-loss': {
        begin: (primary) => kubectl(primary, 'delete', 'pod', WORKERS, ...AT_ONCE),
        heal,
      },
      'postgres-loss': {
        begin: (primary) => kubectl(primary, 'delete', 'pod', 'demo-postgres-0', ...AT_ONCE),
        heal,
      },
      switchover: { begin: (primary) => this.#switchOver(primary), heal },
    };
  }

  async #switchOver(from: Side): Promise<void> {
    const { kubectl } = this.#regions[from];
    const to = otherSide(from);
    const manifest = {
      apiVersion: 'feedmill.dev/v1alpha1',
      kind: 'RegionSwitchover',
      metadata: { generateName: 'drill-' },
      spec: { clusterRef: { name: STREAM_CLUSTER }, from, to },
    };
    const name = await kubectl.create(manifest, NAMESPACE);
    const complete = ['--for=condition=Complete', '--timeout=60s', `--namespace=${NAMESPACE}`];
    await kubectl.say('wait', ...complete, name);
  }
}

/** The first region's cluster has the plain name, as kind/settings.sh has it. */
const clusterOf = (name: string, side: Side): string => (side === SIDES[0] ? name : `${name}-2`);

const postgresAt = (address: string): string =>
  `postgres://feedmill:demo@${address}:${POSTGRES_PORT}/ticks`;

async function findRegion(cluster: string): Promise<KindRegion> {
  const node = `${cluster}-control-plane`;
  let address: string;
  try {
    const format = `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`;
    address = (await outputOf('docker', ['inspect', `--format=${format}`, node])).trim();
  } catch (error) {
    throw new FeedmillError(
      'USAGE',
      `There is no kind cluster '${cluster}' (${FeedmillError.from(error).message}); ` +
        'kind/up --regions 2 makes two of them.',
      { cause: error },
    );
  }
  const scope = { context: `kind-${cluster}`, namespace: NAMESPACE, isEverywhere: false };
  const worker = new ControlClient(`${address}:${WORKER_PORT}`);
  return { node, address, kubectl: new Kubectl(scope), worker };
}

const producerManifest = (name: string): object => ({
  apiVersion: 'feedmill.dev/v1alpha1',
  kind: 'Producer',
  metadata: { name },
  spec: { clusterRef: { name: STREAM_CLUSTER }, pinnedShard: 0 },
});
