import { until } from '../../harness/waiting.ts';
import {
  hasRecorded,
  type KindLab,
  type Manifest,
  type PodObject,
  RECORDED_ON_NODES,
} from './kind-lab.ts';

const API = 'feedmill.dev/v1alpha1';
const CLUSTER = 'lab';
const DATABASE = 'lab';
const OF_CLUSTER = `app.kubernetes.io/instance=${CLUSTER}`;
const FILES = 'recorded';
/** Of each steady feed: a pause of it is as long as nothing of it came. */
const STEADY_RATE = 500;
/** The recorded sessions, of up to eleven minutes, last nearly as long as the tests. */
const SPEED = 1.25;

interface ProducerObject extends Manifest {
  readonly status?: { readonly shard?: number; readonly state?: string };
}

interface ProducerVerdict {
  readonly producer: string;
  readonly committed: number;
  readonly hash: string;
  readonly ok: boolean;
}

/** What is stored of each recorded feed. */
export type RecordedRows = ReadonlyMap<
  string,
  { readonly committed: number; readonly hash: string }
>;

export const recordedRows = (producers: readonly ProducerVerdict[]): RecordedRows =>
  new Map(
    producers
      .filter(({ producer }) => RECORDED_FEEDS.has(producer))
      .sort((a, b) => (a.producer < b.producer ? -1 : 1))
      .map(({ producer, committed, hash }) => [producer, { committed, hash }]),
  );

/** The source that reads files as one session. */
export const captureOf = (files: readonly string[], speed: number, producer?: string): string => {
  const named = producer === undefined ? '' : `&producer=${producer}`;
  return `capture:binance:${files.join(',')}?speed=${speed}${named}`;
};

export interface LabVerdict {
  readonly ok: boolean;
  readonly producers: readonly ProducerVerdict[];
}

/** Files of each recorded feed, in the folder of recorded data. */
export const RECORDED_FEEDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['binance-spot', ['spot/btcusdt_20240808.gz', 'spot/btcusdt_20240809.gz']],
  ['binance-usdm', ['usdm/btcusdt_20240808.gz']],
  ['binance-cm', ['cm/btcusd_perp_20240808.gz', 'cm/btcusd_perp_20240809.gz']],
]);

/** From the last event that was taken to the next one. */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
}

export const pauseMs = ({ fromMs, toMs }: Pause): number => toMs - fromMs;

const STEADY_FEEDS = ['steady-a', 'steady-b', 'steady-c'];

/** A StreamCluster with recorded and steady feeds, and what tests ask of it. */
export class LabPipeline {
  readonly cluster = CLUSTER;
  readonly feeds: readonly string[];
  readonly #recorded: typeof RECORDED_FEEDS;
  readonly #lab: KindLab;

  constructor(lab: KindLab, recorded = hasRecorded ? RECORDED_FEEDS : new Map()) {
    this.#lab = lab;
    this.#recorded = recorded;
    this.feeds = [...recorded.keys(), ...STEADY_FEEDS];
  }

  async create(): Promise<void> {
    const lab = this.#lab;
    await lab.sql('ticks', `create database ${DATABASE}`);
    await lab.apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'lab-postgres' },
        stringData: { url: `postgres://feedmill:demo@demo-postgres:5432/${DATABASE}` },
      },
      ...(this.#recorded.size > 0 ? recordedVolume() : []),
      {
        apiVersion: API,
        kind: 'StreamCluster',
        metadata: { name: CLUSTER },
        spec: {
          shards: 2,
          binding: { mode: 'Bounded' },
          journal: { size: '1Gi' },
          postgres: { secretRef: { name: 'lab-postgres' } },
          update: { shardDeadlineSeconds: 120, drainSeconds: 20 },
        },
      },
      ...this.#producers(),
    );
  }

  #producers(): Manifest[] {
    const producer = (name: string, source: object): Manifest => ({
      apiVersion: API,
      kind: 'Producer',
      metadata: { name },
      spec: { clusterRef: { name: CLUSTER }, source: { kind: 'Connector', ...source } },
    });
    const recorded = [...this.#recorded].map(([name, files]) => {
      const paths = files.map((file) => `/files/${file}`);
      return producer(name, { connector: captureOf(paths, SPEED), files: { claimName: FILES } });
    });
    const steady = STEADY_FEEDS.map((name) =>
      producer(name, { connector: `simulated:${name}?rate=${STEADY_RATE}` }),
    );
    return [...recorded, ...steady];
  }

  /** Waits until all feeds stream, and nothing is under way any more. */
  async settled(withinMs = 180_000): Promise<void> {
    await this.#lab.conditionIs('streamcluster', CLUSTER, 'Stable', { status: 'True' }, withinMs);
    let seen: string[] = [];
    await until(
      'every feed streams',
      async () => {
        const producers = await this.#producerObjects();
        seen = producers.map(({ metadata, status }) => `${metadata.name}: ${status?.state}`);
        return producers.every(({ status }) => status?.state === 'Streaming');
      },
      { withinMs, everyMs: 500, seen: () => seen },
    );
  }

  /** Which shard each feed is bound to. */
  async shards(): Promise<ReadonlyMap<string, number | undefined>> {
    const producers = await this.#producerObjects();
    return new Map(producers.map(({ metadata, status }) => [metadata.name, status?.shard]));
  }

  async pods(): Promise<PodObject[]> {
    const selector = `${OF_CLUSTER},app.kubernetes.io/component=worker`;
    const pods = await this.#lab.list<PodObject>('pods', '--selector', selector);
    return pods.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  async patch(spec: object): Promise<void> {
    const patch = `--patch=${JSON.stringify({ spec })}`;
    await this.#lab.kubectl('patch', 'streamcluster', CLUSTER, '--type=merge', patch);
  }

  async images(): Promise<string[]> {
    return (await this.pods()).flatMap(({ spec }) => spec.containers.map(({ image }) => image));
  }

  /** Names of its volumes. */
  async claims(): Promise<string[]> {
    const claims = await this.#lab.list('persistentvolumeclaims', '--selector', OF_CLUSTER);
    return claims.map(({ metadata }) => metadata.name).sort();
  }

  /** Everything else that belongs to it. */
  async parts(): Promise<string[]> {
    const kinds = 'statefulsets,pods,jobs,configmaps,serviceaccounts,poddisruptionbudgets';
    const found = await this.#lab.list(
      `${kinds},networkpolicies,services,deployments`,
      '--selector',
      `${OF_CLUSTER},!feedmill.dev/producer`,
    );
    return found.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  }

  /** `feedmill verify` against the cluster, from inside of it. */
  async verify(): Promise<LabVerdict> {
    const workers = (await this.pods()).map(
      ({ metadata }) => `--worker=${metadata.name}.${CLUSTER}.${this.#lab.namespace}.svc:7400`,
    );
    const command = ['/app/deploy/image/run.sh', 'feedmill', 'verify', '--json', ...workers];
    const { stdout, stderr } = await this.#lab.inPod(`${CLUSTER}-0`, ...command);
    try {
      return JSON.parse(stdout) as LabVerdict;
    } catch {
      throw new Error(`feedmill verify said:\n${stdout}${stderr}`);
    }
  }

  /** What stands of recorded feeds, once as much is committed as is expected. */
  async committed(expected: RecordedRows): Promise<RecordedRows> {
    let seen: RecordedRows = new Map();
    await until(
      'the recorded feeds are committed to their end',
      async () => {
        const { producers } = await this.verify();
        seen = recordedRows(producers);
        return [...expected].every(
          ([feed, { committed }]) => (seen.get(feed)?.committed ?? 0) >= committed,
        );
      },
      { withinMs: 5 * 60_000, everyMs: 5_000, seen: () => [...seen] },
    );
    return seen;
  }

  /** Between which two events of each steady feed nothing was taken for longest, since a moment. */
  async pausesSince(sinceMs: number): Promise<ReadonlyMap<string, Pause>> {
    const names = STEADY_FEEDS.map((name) => `'${name}'`).join(', ');
    const since = `${Math.round(sinceMs)}000000`;
    const text = await this.#lab.sql(
      DATABASE,
      `select distinct on (name) name, previous / 1000000, ts_init / 1000000 from (
         select p.name, e.ts_init,
           lag(e.ts_init) over (partition by p.name order by e.ts_init) as previous
         from (select producer_id, ts_init from feedmill.quote where ts_init > ${since}
           union all select producer_id, ts_init from feedmill.trade where ts_init > ${since}) e
         join feedmill.producer p using (producer_id) where p.name in (${names})
       ) pauses where previous is not null order by name, ts_init - previous desc`,
    );
    return new Map(
      text.split('\n').map((line) => {
        const [name = '', fromMs = '', toMs = ''] = line.split('|');
        return [name, { fromMs: Number(fromMs), toMs: Number(toMs) }];
      }),
    );
  }

  async #producerObjects(): Promise<ProducerObject[]> {
    const all = await this.#lab.list<ProducerObject>('producers');
    return all.filter(({ metadata }) => this.feeds.includes(metadata.name));
  }
}

/** The recorded files, which stand on every node, to be read by many. */
function recordedVolume(): Manifest[] {
  const shared = {
    accessModes: ['ReadOnlyMany'],
    storageClassName: '',
    volumeName: FILES,
    resources: { requests: { storage: '1Gi' } },
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: FILES },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: shared.accessModes,
        storageClassName: '',
        hostPath: { path: `${RECORDED_ON_NODES}/binance` },
      },
    },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: FILES }, spec: shared },
  ];
}
