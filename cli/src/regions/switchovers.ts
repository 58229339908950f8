import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import type {
  Switchover,
  SwitchoverStep,
  SwitchoverWish,
} from '@feedmill/gateway/switchover/switchover-messages';
import type { Refusal } from '@feedmill/gateway/wish/wish-messages';
import { LIMITS } from '../limits.ts';
import { type MovedShard, moveShard } from './move-shard.ts';
import { isInSync, type PairedShard, primaryOf } from './pair-standing.ts';
import { otherSide, SIDES, type Side } from './side.ts';

export interface SwitchoversOptions {
  /** How the shards stood when their workers were asked last. */
  readonly shards: () => readonly PairedShard[];
  /** host:port of each shard's worker in a region. */
  readonly addresses: (side: Side) => readonly string[];
  readonly clock: Clock;
  /** They are different from before. */
  readonly onChange: () => void;
}

/** Moves all shards from one region to the other, one such move after another. */
export class Switchovers {
  readonly #options: SwitchoversOptions;
  readonly #ending = new AbortController();
  #list: readonly Switchover[] = [];
  #running: Promise<void> | undefined;

  constructor(options: SwitchoversOptions) {
    this.#options = options;
  }

  /** The last ones, newest first. */
  list(): readonly Switchover[] {
    return this.#list;
  }

  /**
   * Begins one; `list` tells how far it is.
   *
   * @returns why it was not begun
   */
  begin(wish: SwitchoverWish): Refusal | undefined {
    const shards = this.#options.shards();
    const to = SIDES.find((side) => side === wish.to);
    if (to === undefined) {
      const detail = `The regions are ${SIDES.join(' and ')}; '${wish.to}' is neither.`;
      return { kind: 'not-meaningful', detail };
    }
    const detail = this.#whyNot(wish, to, shards);
    if (detail !== undefined) return { kind: 'conflict', detail };
    this.#list = [this.#newSwitchover(wish, to, shards), ...this.#list].slice(
      0,
      LIMITS.switchoversKept,
    );
    this.#running = this.#run(wish, to, shards).finally(() => {
      this.#running = undefined;
    });
    return undefined;
  }

  /** Begins no more, and waits until the shards of the one under way have moved. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  #whyNot(
    { from, isForced }: SwitchoverWish,
    to: Side,
    shards: readonly PairedShard[],
  ): string | undefined {
    if (this.#ending.signal.aborted) return 'The regions are being stopped.';
    const [last] = this.#list;
    if (this.#running !== undefined && last !== undefined) {
      return `The switchover '${last.id}' to ${last.to} is under way; wait until it has ended.`;
    }
    const away = shards.filter((shard) => primaryOf(shard) !== to);
    if (away.length === 0) return `${to} is primary of every shard already.`;
    const other = otherSide(to);
    if (from !== undefined && from !== other) {
      return `'from' is '${from}', and what moves to ${to} comes from ${other}.`;
    }
    const behind = away.filter((shard) => !isInSync(shard)).map(({ shard }) => shard);
    if (isForced || behind.length === 0) return undefined;
    return (
      `${to} is not in sync for ${plural(behind.length, 'shard')} (${behind.join(', ')}), so a ` +
      'planned switchover would lose what was acknowledged. Wait until it is, or do it by force.'
    );
  }

  #newSwitchover(
    { id, by, isForced }: SwitchoverWish,
    to: Side,
    shards: readonly PairedShard[],
  ): Switchover {
    const moves = shards.map(({ shard }) => `shard ${shard}`);
    const from = otherSide(to);
    const names = isForced ? moves : [...moves, `${from} follows in sync`];
    return {
      id,
      by,
      from,
      to,
      isForced,
      startedMs: Number(this.#options.clock.wallNanos() / 1_000_000n),
      state: 'running',
      steps: names.map((name) => ({ name, state: 'pending' })),
    };
  }

  async #run(
    { isForced }: SwitchoverWish,
    to: Side,
    shards: readonly PairedShard[],
  ): Promise<void> {
    const moved = await Promise.all(
      shards.map(async ({ shard }) => {
        this.#step(shard, { state: 'running' });
        const { fault: message, tookMs } = await this.#move(shard, to, isForced);
        const state = message === undefined ? 'done' : 'failed';
        this.#step(shard, { state, tookMs, ...(message !== undefined && { message }) });
        return { message, tookMs };
      }),
    );
    const stayed = moved.filter(({ message }) => message !== undefined).length;
    const pauseMs = Math.max(...moved.map(({ tookMs }) => tookMs));
    const isBack = stayed > 0 || isForced || (await this.#awaitFollower(shards.length));
    const isDone = stayed === 0 && isBack;
    this.#change({
      state: isDone ? 'done' : 'failed',
      pauseMs,
      message: endText(to, shards.length, stayed, isBack),
    });
  }

  /** The worker that is to do it is found by asking both; by force only that of the new primary. */
  async #move(
    shard: number,
    to: Side,
    isForced: boolean,
  ): Promise<Pick<MovedShard, 'fault' | 'tookMs'>> {
    const { addresses, clock } = this.#options;
    const beganMs = clock.monotonicMs();
    let fault = 'No region is primary of it.';
    for (const side of isForced ? [to] : SIDES) {
      try {
        const address = addresses(side)[shard] ?? '';
        const moved = await moveShard(address, to, isForced, clock);
        if (moved !== undefined) return moved;
      } catch (error) {
        fault = FeedmillError.from(error).message;
      }
    }
    return { fault, tookMs: Math.round(clock.monotonicMs() - beganMs) };
  }

  /** Whether the region that was primary follows and holds everything, before long. */
  async #awaitFollower(step: number): Promise<boolean> {
    const { clock, shards } = this.#options;
    const { signal } = this.#ending;
    this.#step(step, { state: 'running' });
    const beganMs = clock.monotonicMs();
    const passedMs = (): number => Math.round(clock.monotonicMs() - beganMs);
    while (!shards().every(isInSync)) {
      if (signal.aborted || passedMs() > LIMITS.regionsInSyncMs) {
        this.#step(step, { state: 'failed', tookMs: passedMs() });
        return false;
      }
      await sleep(clock, LIMITS.readyPollMs, signal);
    }
    this.#step(step, { state: 'done', tookMs: passedMs() });
    return true;
  }

  #step(index: number, change: Partial<SwitchoverStep>): void {
    const steps = this.#list[0]?.steps ?? [];
    this.#change({
      steps: steps.map((step, each) => (each === index ? { ...step, ...change } : step)),
    });
  }

  /** Of the newest, the only one that can be under way. */
  #change(change: Partial<Switchover>): void {
    this.#list = this.#list.map((each, index) => (index === 0 ? { ...each, ...change } : each));
    this.#options.onChange();
  }
}

function endText(to: Side, shards: number, stayed: number, isBack: boolean): string {
  if (stayed > 0) return `${plural(stayed, 'shard')} of ${shards} could not be moved to ${to}.`;
  const moved = `${plural(shards, 'shard')} in ${to}`;
  return isBack ? `${moved}.` : `${moved}; ${otherSide(to)} does not follow in sync yet.`;
}
