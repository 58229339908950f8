import { FeedmillError } from '@feedmill/core/errors';
import { type ConnectorEnd, runConnector } from '@feedmill/producer/connector';
import { FeedmillProducer, type ProducerParts } from '@feedmill/producer/sdk/feedmill-producer';
import { IncarnationFile } from '@feedmill/producer/sdk/incarnation-file';
import type { Logger } from '@feedmill/producer/sdk/logger';
import { SimDisk } from '../disk/sim-disk.ts';
import type { SimVolume } from '../disk/sim-volume.ts';
import type { SimHost } from '../kernel/sim-host.ts';
import { SimProcess } from '../kernel/sim-process.ts';
import { SimIngestTransport } from '../net/sim-ingest-transport.ts';
import { PlainProducer } from '../workload/plain-producer.ts';
import type { PlannedFeed } from '../workload/planned-event.ts';
import { PlannedSource } from '../workload/planned-source.ts';
import type { ProducerTraits } from './cluster-options.ts';
import { type Kept, KeptNode } from './kept-node.ts';
import type { World } from './world.ts';

/** As a connector of local mode is started: a name that is being moved is known again soon. */
const NOT_FOUND_GRACE_MS = 60_000;

/** What both kinds of producers stand on. */
type ProgramParts = Pick<ProducerParts, 'transport' | 'incarnation' | 'clock'>;

/** The connector of one feed, and the machine that it runs on. */
export class ProducerNode implements Kept {
  readonly name: string;
  readonly host: SimHost;
  readonly volume: SimVolume;
  readonly kept: KeptNode;
  readonly feed: PlannedFeed;
  readonly #world: World;
  readonly #traits: ProducerTraits;
  #stop = new AbortController();
  #copies = 0;

  constructor(world: World, traits: ProducerTraits, feed: PlannedFeed) {
    this.#world = world;
    this.#traits = traits;
    this.feed = feed;
    this.name = feed.producer;
    this.host = world.host(this.name);
    this.volume = world.volume(this.name);
    this.kept = new KeptNode(world, this);
  }

  live(program: SimProcess): void {
    this.#stop = new AbortController();
    this.#live(program, this.volume, this.#stop.signal).catch((error: unknown) =>
      program.fail(FeedmillError.from(error)),
    );
  }

  /** SIGTERM. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * Starts the same producer once more, on a copy of its disk, as somebody does who copies a
   * machine.
   *
   * @returns ends it
   */
  copy(): (() => void) | undefined {
    if (this.kept.isDone) return undefined;
    const { scheduler, chance } = this.#world;
    this.#copies += 1;
    const name = `${this.name} copy ${this.#copies}`;
    const volume = this.#world.volume(name);
    volume.restore(this.volume.snapshot('seen'));
    const program = new SimProcess(name, this.#world.host(name), scheduler, chance.of(name));
    program.onEnd((end) => {
      this.#world.note(`${name} ended: ${end.kind === 'failed' ? end.error.message : end.kind}`);
    });
    this.#live(program, volume, new AbortController().signal).catch((error: unknown) =>
      program.fail(FeedmillError.from(error)),
    );
    return () => program.kill();
  }

  /** Whether anybody else was ever started under this name. */
  get wasCopied(): boolean {
    return this.#copies > 0;
  }

  async #live(program: SimProcess, volume: SimVolume, stop: AbortSignal): Promise<void> {
    const { network, promises } = this.#world;
    const { batchEventsMax, isPlain } = this.#traits;
    const file = `/producers/${this.name}.incarnation`;
    const { clock, chance } = program;
    const parts: ProgramParts = {
      transport: new SimIngestTransport(program, network, (address) =>
        promises.listener(this.name, address),
      ),
      incarnation: new IncarnationFile(file, clock, new SimDisk(program, volume)),
      clock,
    };
    const plain = (): PlainProducer =>
      new PlainProducer({
        ...parts,
        feed: this.feed,
        chance,
        batchEventsMax,
        regions: this.#world.regions.map(({ workerAddresses }) => workerAddresses),
        notFoundGraceMs: NOT_FOUND_GRACE_MS,
      });
    const end = await (isPlain ? plain().run(stop) : this.#runConnector(program, parts, stop));
    if (end === 'exhausted') program.exit();
    else program.kill();
  }

  async #runConnector(
    program: SimProcess,
    parts: ProgramParts,
    stop: AbortSignal,
  ): Promise<ConnectorEnd> {
    const { bufferBytesMax, batchEventsMax, lingerMs } = this.#traits;
    const logger = this.#logger(program);
    const [first, second] = this.#world.regions;
    const producer = new FeedmillProducer(
      {
        producer: this.name,
        locate: { workers: first.workerAddresses },
        ...(second && { otherRegion: { workers: second.workerAddresses } }),
        bufferBytesMax,
        batchEventsMax,
        lingerMs,
        notFoundGraceMs: NOT_FOUND_GRACE_MS,
      },
      { ...parts, random: program.chance.random, logger },
    );
    const { clock } = program;
    const source = new PlannedSource(this.feed, clock);
    const end = await runConnector({ source, producer, clock, logger }, stop);
    await producer.close();
    return end;
  }

  #logger(program: SimProcess): Logger {
    const say =
      (level: string) =>
      (_fields: object, sentence: string): void =>
        this.#world.note(`${program.name} ${level}: ${sentence}`);
    return { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
  }
}
