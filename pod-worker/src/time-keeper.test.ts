import { asEpoch } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import { expect, it } from 'vitest';
import { EntryKind } from './journal/journal-entry.ts';
import { TimeKeeper } from './time-keeper.ts';

/** A shard whose journal is a number, and whose clock is moved by hand. */
function shard() {
  const state = { position: 5, isBehind: false, isWaiting: true, ticks: 0 };
  let due: (() => void) | undefined;
  const clock: Pick<Clock, 'schedule' | 'cancel'> = {
    schedule: (_delayMs, run) => {
      due = run;
      return {};
    },
    cancel: () => {
      due = undefined;
    },
  };
  const keeper = new TimeKeeper({
    clock: clock as Clock,
    epoch: () => asEpoch(1),
    journal: {
      append: ({ kind }) => {
        expect(kind).toBe(EntryKind.TIME);
        state.position += 1;
        state.ticks += 1;
        return { position: state.position } as never;
      },
    },
    settledPosition: () => (state.isBehind ? undefined : state.position),
    isWaiting: () => state.isWaiting,
    intervalMs: 1_000,
  });
  keeper.begin();
  const pass = (intervals: number): void => {
    for (let left = intervals; left > 0; left -= 1) due?.();
  };
  return { state, keeper, pass };
}

it('an idle shard is told that time passes, once an interval', () => {
  const { state, pass } = shard();
  pass(4);
  expect(state.ticks).toBe(3);
});

it('entries that come tell the time themselves', () => {
  const { state, pass } = shard();
  for (let entries = 0; entries < 5; entries += 1) {
    state.position += 1;
    pass(1);
  }
  expect(state.ticks).toBe(0);
});

it('nothing is written where time changes nothing, or what is there is not processed', () => {
  const { state, pass } = shard();
  state.isWaiting = false;
  pass(4);
  state.isWaiting = true;
  state.isBehind = true;
  pass(4);
  expect(state.ticks).toBe(0);
});

it('a shard that stops writes no more', () => {
  const { state, keeper, pass } = shard();
  keeper.stop();
  pass(4);
  expect(state.ticks).toBe(0);
});
