import { until } from '../../harness/waiting.ts';
import type { KindLab, Manifest } from './kind-lab.ts';

const API = 'feedmill.dev/v1alpha1';
const CLUSTER = 'duo';
const SHARDS = 2;
const RATE = 500;
/** Patient enough for a machine that has two regions and a cluster on two cores. */
const TIMERS = { heartbeatMs: 500, suspectAfterMs: 4_000, takeoverAfterMs: 5_000 };
const HOSTNAME = 'kubernetes.io/hostname';
/** Of each feed, and its shard in both regions. */
const FEEDS = ['left', 'right'] as const;

const PRIMARY = 'primary, in sync';
const FOLLOWER = 'follower, in sync';

export type Side = 'east' | 'west';
export const otherSide = (side: Side): Side => (side === 'east' ? 'west' : 'east');

/** What `feedmill verify --regions` says. */
export interface RegionsVerdict {
  readonly ok: boolean;
  readonly [field: string]: unknown;
}

/**
 * A StreamCluster in two regions, which are two namespaces. The workers of east have a node to
 * themselves, so that a test can take the region away with it. Witness, operator and Postgres are
 * on the other one, beside the workers of west.
 */
export class KindRegions {
  readonly east: KindLab;
  readonly west: KindLab;
  readonly #lab: KindLab;
  #switchovers = 0;

  constructor(lab: KindLab) {
    this.#lab = lab;
    this.east = lab.within('east');
    this.west = lab.within('west');
  }

  async create(): Promise<void> {
    const lab = this.#lab;
    const { first, second } = lab.nodes;
    await lab.up('--no-demo');
    // Nothing but the workers of east comes to the second node; the demo's Postgres may be there.
    await lab.kubectl('cordon', second);
    const demo = ['--filename=deploy/demo/postgres.yaml'];
    await lab.kubectl('delete', ...demo, '--wait');
    await lab.kubectl('delete', 'pvc', '--selector=app.kubernetes.io/name=demo-postgres', '--wait');
    await lab.kubectl('apply', ...demo);
    await lab.kubectl('rollout', 'status', 'statefulset/demo-postgres', '--timeout=120s');
    for (const { namespace } of [this.east, this.west]) {
      await lab.kubectl('create', 'namespace', namespace);
    }
    const here = JSON.stringify({ [HOSTNAME]: first });
    const workersFrom = ['east', 'west'].map(peersOf);
    await lab.helm(
      'upgrade',
      'feedmill',
      'charts/feedmill',
      '--reuse-values',
      '--wait',
      '--timeout=120s',
      '--set=witness.enabled=true,namespaces={feedmill,east,west}',
      `--set=witness.takeoverAfterMs=${TIMERS.takeoverAfterMs}`,
      `--set-json=witness.network.workersFrom=${JSON.stringify(workersFrom)},nodeSelector=${here}`,
    );
  }

  async start(): Promise<void> {
    const { first, second } = this.#lab.nodes;
    await this.#startRegion('east', second, true);
    await this.#startRegion('west', first, false);
  }

  region(side: Side): KindLab {
    return side === 'east' ? this.east : this.west;
  }

  /** Waits until one region is primary and the other one holds the same, and returns the first. */
  async primary(): Promise<Side> {
    return await until(
      'a region is primary, and in sync',
      async () => {
        const [east, west] = await Promise.all([this.#role('east'), this.#role('west')]);
        if (east === PRIMARY && west === FOLLOWER) return 'east';
        return west === PRIMARY && east === FOLLOWER ? 'west' : undefined;
      },
      { withinMs: 180_000, everyMs: 500 },
    );
  }

  /** Hands over from one region to the other, and returns what is said in the end. */
  async switchOver(from: Side): Promise<string> {
    this.#switchovers += 1;
    const name = `switchover-${this.#switchovers}`;
    const to = otherSide(from);
    const lab = this.region(from);
    const spec = { clusterRef: { name: CLUSTER }, from, to };
    await lab.apply({ apiVersion: API, kind: 'RegionSwitchover', metadata: { name }, spec });
    const said = await lab.conditionIs('regionswitchover', name, 'Complete', { status: 'True' });
    return said.message;
  }

  /** Events that a region has committed. */
  async committed(side: Side): Promise<number> {
    const count = '(select count(*) from feedmill.trade) + (select count(*) from feedmill.quote)';
    return Number(await this.#lab.sql(databaseOf(side), `select ${count}`));
  }

  /** Waits until a region has committed some more, and returns how many those are. */
  async grows(side: Side, by = 1_000): Promise<number> {
    const before = await this.committed(side);
    return await until(
      `${side} commits further events`,
      async () => {
        const more = (await this.committed(side)) - before;
        return more > by ? more : undefined;
      },
      { withinMs: 120_000, everyMs: 500 },
    );
  }

  /** How long nothing was taken of any feed, at most, since a moment, as a region has it; ms. */
  async longestPauseMs(side: Side, sinceMs: number): Promise<number> {
    const since = `${Math.round(sinceMs)}000000`;
    const taken = ['trade', 'quote']
      .map((table) => `select producer_id, ts_init from feedmill.${table} where ts_init > ${since}`)
      .join(' union all ');
    const text = await this.#lab.sql(
      databaseOf(side),
      `select max(ts_init - previous) / 1000000 from (select ts_init,
         lag(ts_init) over (partition by producer_id order by ts_init) as previous
       from (${taken}) e) pauses`,
    );
    return Number(text);
  }

  /** `feedmill verify --regions`, once nothing comes any more. */
  async compare(): Promise<RegionsVerdict> {
    const args = ['--json', `--postgres=${urlOf('east')}`, `--regions=${urlOf('west')}`];
    const { stdout, stderr } = await this.west.inPod(
      `${CLUSTER}-0`,
      '/app/deploy/image/run.sh',
      'feedmill',
      'verify',
      ...args,
    );
    try {
      return JSON.parse(stdout) as RegionsVerdict;
    } catch {
      throw new Error(`feedmill verify said:\n${stdout}${stderr}`);
    }
  }

  /** Takes the sources away, and waits until both regions have all that was sent. */
  async quiesce(): Promise<void> {
    await this.west.kubectl('delete', 'deployment', '--selector=feedmill.dev/producer', '--wait');
    for (const feed of FEEDS) {
      const source = { kind: 'Push', connector: null };
      const patch = `--patch=${JSON.stringify({ spec: { source } })}`;
      await this.west.kubectl('patch', 'producer', feed, '--type=merge', patch);
    }
    let before = -1;
    await until(
      'both regions hold the same, and no more comes',
      async () => {
        const [east, west] = await Promise.all([this.committed('east'), this.committed('west')]);
        const isStill = east === west && west === before;
        before = west;
        return isStill;
      },
      { withinMs: 120_000, everyMs: 3_000 },
    );
  }

  async #role(side: Side): Promise<string | undefined> {
    const { status } = await this.region(side).get<{ status?: { role?: string } }>(
      'streamcluster',
      CLUSTER,
    );
    return status?.role;
  }

  async #startRegion(side: Side, node: string, isFirst: boolean): Promise<void> {
    const lab = this.region(side);
    const peer = otherSide(side);
    await this.#lab.sql('ticks', `create database ${databaseOf(side)}`);
    // Workers of east may come to the node, and nobody else.
    if (isFirst) await this.#lab.kubectl('uncordon', node);
    await lab.apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'duo-postgres' },
        stringData: { url: urlOf(side) },
      },
      {
        apiVersion: API,
        kind: 'StreamCluster',
        metadata: { name: CLUSTER },
        spec: {
          clusterId: CLUSTER,
          shards: SHARDS,
          journal: { size: '1Gi' },
          postgres: { secretRef: { name: 'duo-postgres' } },
          placement: { nodeSelector: { [HOSTNAME]: node } },
          network: { producersFrom: [peersOf(peer)] },
          region: {
            name: side,
            peerRegion: peer,
            peerAddress: `${CLUSTER}-{shard}.${CLUSTER}.${peer}.svc:7400`,
            witness: 'feedmill-witness.feedmill.svc:7411',
            firstRegion: isFirst,
            ...TIMERS,
          },
        },
      },
      ...FEEDS.map((feed, shard) => producerOf(feed, shard, side)),
    );
    await lab.conditionIs('streamcluster', CLUSTER, 'Stable', { status: 'True' }, 180_000);
    if (isFirst) await this.#lab.kubectl('cordon', node);
  }
}

/** The sources are read beside west, and sent to whoever is primary. */
const producerOf = (name: string, shard: number, side: Side): Manifest => ({
  apiVersion: API,
  kind: 'Producer',
  metadata: { name },
  spec: {
    clusterRef: { name: CLUSTER },
    pinnedShard: shard,
    ...(side === 'east'
      ? {}
      : {
          source: { kind: 'Connector', connector: `simulated:${name}?rate=${RATE}` },
          otherAddress: `feed-${name}.east.svc:7400`,
        }),
  },
});

const databaseOf = (side: Side): string => `duo_${side}`;

const urlOf = (side: Side): string =>
  `postgres://feedmill:demo@demo-postgres.feedmill.svc:5432/${databaseOf(side)}`;

const peersOf = (namespace: string): object => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
});
