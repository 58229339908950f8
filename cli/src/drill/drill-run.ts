import path from 'node:path';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import { LocalPair } from '../regions/local-pair.ts';
import { SIDES, type Side } from '../regions/side.ts';
import { declareSources } from '../supervisor/declared-source.ts';
import type { ProcessDeps } from '../supervisor/process-deps.ts';
import type { Gap } from './ack-gaps.ts';
import { DRILL_KINDS, type DrillKind, type DrillName } from './drill-kinds.ts';
import { DrillLinks } from './drill-links.ts';
import { DrillLoad, feedName } from './drill-load.ts';
import { RowCheck, type RowFindings } from './row-check.ts';

export interface DrillOptions {
  readonly name: DrillName;
  readonly count: number;
  readonly feeds: number;
  /** Events a second, all feeds together. */
  readonly rate: number;
  readonly shards: number;
  /** Added between the regions, each way, ms. */
  readonly delayMs: number;
  /** Instead of the drill's own. */
  readonly holdMs: number | undefined;
  /** Absolute; a new folder. */
  readonly dir: string;
}

/** One repetition. Times in ms, from when the fault began. */
export interface DrillRepetition extends RowFindings {
  readonly repetition: number;
  /** Region that accepted events before, and after. */
  readonly from: Side;
  readonly to: Side;
  readonly lastAckBeforeMs: number;
  readonly firstAckAfterMs: number;
  /** Between these two, of the feed that waited longest. */
  readonly streamRtoMs: number;
  /** The same for rows: nothing was committed in between. */
  readonly storeRtoMs: number;
}

/** Does a drill on two regions that it starts for that, again and again, under load. */
export class DrillRun {
  readonly #options: DrillOptions;
  readonly #kind: DrillKind;
  readonly #deps: ProcessDeps;
  readonly #pair: LocalPair;
  readonly #links: DrillLinks;
  readonly #load: DrillLoad;
  readonly #signal: AbortSignal;
  readonly #check = new RowCheck();

  private constructor(
    options: DrillOptions,
    deps: ProcessDeps,
    pair: LocalPair,
    links: DrillLinks,
    fronts: readonly (readonly string[])[],
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#kind = DRILL_KINDS[options.name];
    this.#deps = deps;
    this.#pair = pair;
    this.#links = links;
    this.#signal = signal;
    const { feeds, rate, dir } = options;
    this.#load = new DrillLoad(
      {
        feeds,
        rate,
        dir: path.join(dir, 'producers'),
        locate: fronts[0] ?? [],
        otherLocate: fronts[1] ?? [],
      },
      deps.clock,
    );
  }

  static async prepare(
    options: DrillOptions,
    deps: ProcessDeps,
    signal: AbortSignal,
  ): Promise<DrillRun> {
    const { dir, feeds, shards, delayMs } = options;
    const links = new DrillLinks(delayMs);
    const names = Array.from({ length: feeds }, (_, index) => `push:${feedName(index)}`);
    const sources = declareSources(names, undefined);
    const pair = await LocalPair.prepare(
      {
        command: 'drill',
        dir,
        shardCount: shards,
        sources,
        references: [],
        hasGateway: false,
        workerFlags: [],
        links,
      },
      () => undefined,
      deps,
    );
    const fronts: string[][] = [];
    for (const side of SIDES) {
      const toEach = pair.addresses(side).map((address) => links.front(side, address));
      fronts.push(await Promise.all(toEach));
    }
    return new DrillRun(options, deps, pair, links, fronts, signal);
  }

  /** @param onDone told of each repetition */
  async run(onDone: (repetition: DrillRepetition) => void): Promise<void> {
    await this.#pair.start(this.#signal);
    await this.#pair.inSync(this.#signal);
    await this.#load.connect();
    for (let repetition = 1; repetition <= this.#options.count; repetition += 1) {
      this.#signal.throwIfAborted();
      onDone(await this.#repeat(repetition));
    }
  }

  async close(): Promise<void> {
    // What was cut would keep the regions from ending in order.
    this.#links.heal();
    try {
      await this.#load.close();
    } finally {
      await this.#pair.drain();
      await this.#pair.stopPostgres();
      await this.#links.close();
    }
  }

  async #repeat(repetition: number): Promise<DrillRepetition> {
    const load = this.#load;
    const from = await this.#pair.inSync(this.#signal);
    load.resume();
    await this.#advance(LIMITS.drillWarmUpMs);
    load.watch();
    const beganMs = this.#clock.monotonicMs();
    await this.#kind.begin(this.#stage, from);
    await sleep(this.#clock, this.#options.holdMs ?? this.#kind.holdMs, this.#signal);
    // A zombie or a partition without takeover only acknowledges again once it is healed.
    await this.#kind.heal(this.#stage, from);
    await this.#advance(LIMITS.drillWarmUpMs);
    const { durable, committed } = load.gaps;
    const to = await this.#pair.inSync(this.#signal);
    await load.pause();
    await this.#settle();
    const urls = SIDES.map((side) => this.#pair.regions[side].postgresUrl);
    const found = await this.#check.look(urls as [string, string], load.durable);
    return { repetition, from, to, ...timesOf(beganMs, durable, committed), ...found };
  }

  get #clock(): Clock {
    return this.#deps.clock;
  }

  get #stage() {
    const { clock } = this.#deps;
    return { pair: this.#pair, links: this.#links, clock, signal: this.#signal };
  }

  /** Waits until every feed has had acknowledged and committed what it sends from now on. */
  async #advance(loadMs: number): Promise<void> {
    const { rate, feeds } = this.#options;
    const events = (rate / feeds / 1000) * loadMs;
    const wanted = this.#load.published.map((published) => published + events);
    const deadlineMs = this.#clock.monotonicMs() + LIMITS.drillResumeMs;
    const isThere = (reached: readonly number[]): boolean =>
      wanted.every((sequence, feed) => (reached[feed] ?? 0) >= sequence);
    while (!isThere(this.#load.durable) || !isThere(this.#load.committed)) {
      this.#load.throwIfFailed();
      this.#signal.throwIfAborted();
      if (this.#clock.monotonicMs() > deadlineMs) {
        throw new FeedmillError(
          'WORKER_UNAVAILABLE',
          `Acknowledgements did not resume within ${LIMITS.drillResumeMs / 1000} s; the logs in ` +
            `${this.#options.dir} say why.`,
        );
      }
      await sleep(this.#clock, LIMITS.readyPollMs, this.#signal);
    }
  }

  async #settle(): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + LIMITS.regionsInSyncMs;
    while (!(await this.#pair.isSettled())) {
      if (this.#clock.monotonicMs() > deadlineMs) {
        throw new FeedmillError(
          'WORKER_UNAVAILABLE',
          `The regions have not committed the same within ${LIMITS.regionsInSyncMs / 1000} s.`,
        );
      }
      await sleep(this.#clock, LIMITS.readyPollMs, this.#signal);
    }
  }
}

function timesOf(beganMs: number, durable: Gap | undefined, committed: Gap | undefined) {
  const { fromMs, toMs } = durable ?? { fromMs: beganMs, toMs: beganMs };
  return {
    lastAckBeforeMs: fromMs - beganMs,
    firstAckAfterMs: toMs - beganMs,
    streamRtoMs: toMs - fromMs,
    storeRtoMs: committed === undefined ? 0 : committed.toMs - committed.fromMs,
  };
}
