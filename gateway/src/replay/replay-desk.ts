import type { Clock } from '@feedmill/core/clock';
import { sleep } from '@feedmill/core/clock';
import { Problem } from '../problem.ts';
import type { Database } from '../query/database.ts';
import type { ReplayLimits } from './limits.ts';
import { Replay, type ReplayOptions } from './replay.ts';
import type { ReadTopic } from './replay-merge.ts';
import { readTopic } from './replay-rows.ts';

/** What is asked for, with names looked up. */
export type ReplayWish = Pick<
  ReplayOptions,
  'owner' | 'instruments' | 'topics' | 'range' | 'speed' | 'isPaused'
> & { readonly instrumentIds: readonly string[]; readonly step: string };

export interface ReplayDeskOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly limits: ReplayLimits;
  readonly rollUpRowsMax: number;
}

const WORTH_ANOTHER_TRY = new Set(['store-unavailable', 'overloaded']);

/** The replays that are under way, and the last that have ended. */
export class ReplayDesk {
  readonly #options: ReplayDeskOptions;
  readonly #replays = new Map<string, Replay>();
  #started = 0;

  constructor(options: ReplayDeskOptions) {
    this.#options = options;
  }

  /** The newest first. */
  list(): Replay[] {
    return [...this.#replays.values()].reverse();
  }

  /** @throws Problem not-found */
  find(id: string): Replay {
    const replay = this.#replays.get(id);
    if (replay !== undefined) return replay;
    throw new Problem('not-found', `There is no replay '${id}'; GET /v1/replays lists them.`);
  }

  /** @throws Problem overloaded */
  start(wish: ReplayWish): Replay {
    const { clock, limits } = this.#options;
    const running = this.list().filter(({ isEnded }) => !isEnded);
    if (running.length >= limits.replaysMax) {
      throw new Problem(
        'overloaded',
        `${running.length} replays are under way, as many as may be; stop one or wait for it.`,
        { retryAfterSeconds: 5 },
      );
    }
    this.#started += 1;
    // Ids of a gateway that was here before do not come again.
    const id = `${(clock.wallNanos() / 1_000_000n).toString(36)}-${this.#started}`;
    const replay = new Replay({ ...wish, id, clock, limits, read: this.#reads(wish) });
    this.#replays.set(id, replay);
    this.#forget();
    void replay.run();
    return replay;
  }

  /** Ends all of them. */
  stop(): void {
    for (const replay of this.#replays.values()) replay.stop();
  }

  #reads({ instrumentIds, step }: ReplayWish): ReadTopic {
    const { database, clock, limits, rollUpRowsMax } = this.#options;
    const question = { instrumentIds, step, limit: limits.replayPageRows, rollUpRowsMax };
    return async (topic, range, cursor) => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await database.read('history', (reader) =>
            readTopic(reader, topic, question, range, cursor),
          );
        } catch (error) {
          const mayPass = error instanceof Problem && WORTH_ANOTHER_TRY.has(error.kind);
          if (!mayPass || tries >= limits.replayRetriesMax) throw error;
          await sleep(clock, limits.replayRetryMs);
        }
      }
    };
  }

  #forget(): void {
    const ended = [...this.#replays].filter(([, { isEnded }]) => isEnded);
    const tooMany = ended.length - this.#options.limits.replaysEndedMax;
    for (const [id] of ended.slice(0, Math.max(0, tooMany))) this.#replays.delete(id);
  }
}
