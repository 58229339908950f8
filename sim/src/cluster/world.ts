import { ONE_REGION } from '@feedmill/pod-worker/region/region-config';
import { Findings } from '../check/findings.ts';
import { PromisesWatch } from '../check/promises-watch.ts';
import { SimVolume } from '../disk/sim-volume.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { SimHost } from '../kernel/sim-host.ts';
import type { SimEnd } from '../kernel/sim-process.ts';
import type { LinkTraits } from '../net/link.ts';
import { SimNetwork } from '../net/sim-network.ts';
import type { TableSchema } from '../postgres/schema.ts';
import type { SimPostgres } from '../postgres/sim-postgres.ts';
import { planFeed } from '../workload/feed-writer.ts';
import type { PlannedFeed } from '../workload/planned-event.ts';
import { type ClusterOptions, REGION_NAMES } from './cluster-options.ts';
import { Damage } from './damage.ts';
import { judgeEnd } from './judge-end.ts';
import { ProducerNode } from './producer-node.ts';
import { Region } from './region.ts';
import { SupervisorNode } from './supervisor-node.ts';
import { WitnessNode } from './witness-node.ts';
import type { WorkerNode } from './worker-node.ts';

/** What a world is made of. */
export interface WorldParts {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly options: ClusterOptions;
  readonly schemas: readonly TableSchema[];
}

/** A whole cluster: machines, network, regions, producers, and who watches over them. */
export class World {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly options: ClusterOptions;
  readonly schemas: readonly TableSchema[];
  readonly network: SimNetwork;
  /** One, or two with their witness. */
  readonly regions: readonly [Region, ...Region[]];
  readonly witness: WitnessNode | undefined;
  /** Those of all regions. */
  readonly workers: readonly WorkerNode[];
  readonly producers: readonly ProducerNode[];
  /** Who binds producers, one in each region. */
  readonly supervisors: readonly SupervisorNode[];
  readonly feeds: readonly PlannedFeed[];
  readonly findings: Findings;
  readonly promises: PromisesWatch;
  readonly damage = new Damage();
  readonly #hosts = new Map<string, SimHost>();
  readonly #volumes = new Map<string, SimVolume>();
  #volumesMade = 0;

  constructor({ scheduler, chance, options, schemas }: WorldParts) {
    this.scheduler = scheduler;
    this.chance = chance;
    this.options = options;
    this.schemas = schemas;
    this.findings = new Findings(
      () => scheduler.nowMs,
      ({ rule, what }) => {
        this.note(`FOUND ${rule}: ${what}`);
        scheduler.stop();
      },
    );
    this.feeds = options.producers.map(({ feed }) =>
      planFeed(feed, chance.of(`feed ${feed.producer}`)),
    );
    this.promises = new PromisesWatch(this.findings, (producer, address) =>
      this.#regionAt(address).commits.committedThrough(producer),
    );
    this.network = new SimNetwork(scheduler, chance.of('network'), (from, to) =>
      linkTraits(options, from, to),
    );
    const [first, second] = REGION_NAMES;
    this.regions =
      options.regions === undefined
        ? [new Region(this, '')]
        : [new Region(this, first), new Region(this, second)];
    this.witness = options.regions && new WitnessNode(this);
    this.workers = this.regions.flatMap(({ workers }) => workers);
    this.producers = this.feeds.map(
      (feed, index) => new ProducerNode(this, options.producers[index] as never, feed),
    );
    this.supervisors = this.regions.map((region) => new SupervisorNode(this, region));
  }

  /** The first region's; there is no other in most worlds. */
  get postgres(): SimPostgres {
    return this.regions[0].postgres;
  }

  get supervisor(): SupervisorNode {
    return this.supervisorOf(this.regions[0]);
  }

  supervisorOf(region: Region): SupervisorNode {
    return this.supervisors[this.regions.indexOf(region)] as SupervisorNode;
  }

  /** How long a primary is silent before it may be replaced, ms. */
  get takeoverAfterMs(): number {
    return ONE_REGION.takeoverAfterMs;
  }

  get producerNames(): string[] {
    return this.feeds.map(({ producer }) => producer);
  }

  get hosts(): SimHost[] {
    return [...this.#hosts.values()];
  }

  /** Whether every feed is sent and committed, and everybody is where he should be. */
  get isDone(): boolean {
    return (
      this.producers.every(({ kept }) => kept.isDone) &&
      this.supervisors.every(({ isSettled }) => isSettled) &&
      this.feeds.every(({ producer, events }) => this.committedThrough(producer) === events.length)
    );
  }

  /** What every region has of a producer's events. */
  committedThrough(producer: string): number {
    return Math.min(...this.regions.map(({ commits }) => commits.committedThrough(producer)));
  }

  /** The region of the other name, where there are two. */
  otherRegion(of: Region): Region | undefined {
    return this.regions.find((region) => region !== of);
  }

  #regionAt(address: string): Region {
    const at = this.regions.find(({ workerAddresses }) => workerAddresses.includes(address));
    return at ?? this.regions[0];
  }

  /** A machine of this name, made when it is first asked for. */
  host(name: string): SimHost {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = new SimHost(name);
      const index = this.#hosts.size;
      host.clockRate = this.options.clockRates[index] ?? 1;
      host.wallOffsetMs = this.options.clockOffsetsMs[index] ?? 0;
      this.#hosts.set(name, host);
    }
    return host;
  }

  /** The volume of the machine of this name. */
  volume(name: string): SimVolume {
    let volume = this.#volumes.get(name);
    if (volume === undefined) {
      volume = this.#newVolume(name);
      this.#volumes.set(name, volume);
    }
    return volume;
  }

  /** Another volume in the place of that of a machine, with what was durable on it. */
  replaceVolume(name: string): SimVolume {
    const volume = this.#newVolume(name);
    const before = this.volume(name);
    before.detach();
    volume.restore(before.snapshot('durable'));
    this.#volumes.set(name, volume);
    return volume;
  }

  #newVolume(name: string): SimVolume {
    this.#volumesMade += 1;
    const chance = this.chance.of(`volume ${this.#volumesMade} ${name}`);
    return new SimVolume(name, this.scheduler, chance, this.options.volume, (path) => {
      this.note(`a write to ${path} of ${name} lands somewhere else`);
      this.damage.note(name, 'a misdirected write');
    });
  }

  start(): void {
    this.witness?.kept.start();
    for (const { kept } of this.supervisors) kept.start();
    for (const { kept } of this.workers) kept.start();
    for (const { kept } of this.producers) kept.start();
  }

  /** A machine's disk after its processes have been cut off. */
  powerCut(name: string): void {
    this.#volumes.get(name)?.powerCut();
  }

  /** What only a worker's volume had is gone: nobody is held to it any more. */
  forgiveLoss({ name }: SimVolume): void {
    this.damage.givenUp.add(name);
    for (const worker of this.workers) {
      if (worker.name === name) this.promises.forgiveLoss(worker.shard);
    }
    // As an operator does that finds a worker without its bindings.
    this.supervisor.tellAgain();
  }

  judge(name: string, end: SimEnd): 'restart' | 'leave' {
    return judgeEnd(this, name, end);
  }

  note(text: string): void {
    this.scheduler.trace.note(this.scheduler.nowMs, text);
  }
}

/** Between sites it takes longer. Where the feeds come from is close to both regions. */
function linkTraits({ network, regions }: ClusterOptions, from: string, to: string): LinkTraits {
  const [one, other] = [siteOf(from), siteOf(to)];
  if (regions === undefined || one === other || one === '' || other === '') return network;
  return { ...network, latencyMs: network.latencyMs + regions.distanceMs };
}

const siteOf = (host: string): string =>
  [...REGION_NAMES, 'witness'].find((name) => host.startsWith(name)) ?? '';
