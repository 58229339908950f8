import path from 'node:path';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { type Random, seededRandom } from '@feedmill/core/random';
import { LIMITS } from '../limits.ts';
import { haveSettled, untilInSync } from '../regions/pair-waiting.ts';
import type { Side } from '../regions/side.ts';
import type { Gap } from './ack-gaps.ts';
import {
  DRILL_KINDS,
  DRILL_NAMES,
  type DrillName,
  type DrillProgram,
  SOAK,
} from './drill-kinds.ts';
import { DrillLoad } from './drill-load.ts';
import type { DrillScene } from './drill-scene.ts';
import { RowCheck, type RowFindings } from './row-check.ts';

export interface DrillOptions {
  readonly name: DrillProgram;
  /** Of a soak, which drills come and how long each lasts. */
  readonly seed: number;
  readonly count: number;
  /** No further repetition is begun after this, ms. */
  readonly lastingMs: number;
  readonly feeds: number;
  /** Events a second, all feeds together. */
  readonly rate: number;
  /** Instead of the drill's own. */
  readonly holdMs: number | undefined;
  /** Absolute; a folder for what the producers keep. */
  readonly dir: string;
}

/** One repetition. Times in ms, from when the fault began. */
export interface DrillRepetition extends RowFindings {
  readonly repetition: number;
  readonly drill: DrillName;
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

/** Does a drill in two regions, again and again, under load. */
export class DrillRun {
  readonly #options: DrillOptions;
  readonly #scene: DrillScene;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #load: DrillLoad;
  readonly #signal: AbortSignal;
  readonly #check: RowCheck;

  constructor(options: DrillOptions, scene: DrillScene, clock: Clock, signal: AbortSignal) {
    this.#options = options;
    this.#scene = scene;
    this.#clock = clock;
    this.#random = seededRandom(options.seed);
    this.#signal = signal;
    this.#check = new RowCheck(options.feeds);
    const { feeds, rate, dir } = options;
    const { east, west } = scene.fronts;
    this.#load = new DrillLoad(
      { feeds, rate, dir: path.join(dir, 'producers'), locate: east, otherLocate: west },
      clock,
    );
  }

  /** @param onDone told of each repetition */
  async run(onDone: (repetition: DrillRepetition) => void): Promise<void> {
    await this.#scene.start(this.#signal);
    await this.#inSync();
    await this.#load.connect();
    const { count, lastingMs } = this.#options;
    const lastMs = this.#clock.monotonicMs() + lastingMs;
    for (let repetition = 1; repetition <= count; repetition += 1) {
      this.#signal.throwIfAborted();
      if (this.#clock.monotonicMs() > lastMs) break;
      onDone(await this.#repeat(repetition));
    }
  }

  async close(): Promise<void> {
    await this.#scene.release();
    try {
      await this.#load.close();
    } finally {
      await this.#scene.close();
    }
  }

  async #repeat(repetition: number): Promise<DrillRepetition> {
    const load = this.#load;
    const { drill, holdMs } = this.#draw();
    const from = await this.#inSync();
    load.resume();
    await this.#advance(LIMITS.drillWarmUpMs);
    load.watch();
    const beganMs = this.#clock.monotonicMs();
    await this.#scene.begin(drill, from);
    await sleep(this.#clock, holdMs, this.#signal);
    // A zombie or a partition without takeover only acknowledges again once it is healed.
    await this.#scene.heal(drill, from, this.#signal);
    await this.#advance(LIMITS.drillWarmUpMs);
    const { durable, committed } = load.gaps;
    const to = await this.#inSync();
    await load.pause();
    await this.#settle();
    const found = await this.#check.look(this.#scene.postgresUrls, load.durable);
    return { repetition, drill, from, to, ...timesOf(beganMs, durable, committed), ...found };
  }

  async #inSync(): Promise<Side> {
    return await untilInSync(this.#scene, this.#clock, this.#signal);
  }

  #draw(): { readonly drill: DrillName; readonly holdMs: number } {
    const { name, holdMs } = this.#options;
    if (name !== SOAK) return { drill: name, holdMs: holdMs ?? DRILL_KINDS[name].holdMs };
    const drill = DRILL_NAMES[Math.floor(this.#random() * DRILL_NAMES.length)] ?? 'region-loss';
    const drawn = Math.round(this.#random() * DRILL_KINDS[drill].holdMs);
    return { drill, holdMs: holdMs ?? drawn };
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
          `Acknowledgements did not resume within ${LIMITS.drillResumeMs / 1000} s; ` +
            `${this.#scene.logs} say why.`,
        );
      }
      await sleep(this.#clock, LIMITS.readyPollMs, this.#signal);
    }
  }

  async #settle(): Promise<void> {
    const { inSyncMs } = this.#scene;
    const deadlineMs = this.#clock.monotonicMs() + inSyncMs;
    while (!haveSettled(await this.#scene.shards())) {
      if (this.#clock.monotonicMs() > deadlineMs) {
        throw new FeedmillError(
          'WORKER_UNAVAILABLE',
          `The regions have not committed the same within ${inSyncMs / 1000} s.`,
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
