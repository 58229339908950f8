import type { EpochNanos } from '@feedmill/core/brand';
import type { Clock, Timer } from '@feedmill/core/clock';
import { expect, test } from 'vitest';
import type { Wish } from '../wish/wish-messages.ts';
import { Wishes } from '../wish/wishes.ts';
import { SimulationDesk } from './simulation-desk.ts';

const MARKET = { feed: 'market', isRunning: true, rate: 2_000 };

/** Its time is over when a test says so. */
class TestClock implements Clock {
  readonly #due = new Set<() => void>();

  wallNanos(): EpochNanos {
    return 0n as EpochNanos;
  }

  monotonicMs(): number {
    return 0;
  }

  schedule(_delayMs: number, callback: () => void): Timer {
    this.#due.add(callback);
    return callback;
  }

  cancel(timer: Timer): void {
    this.#due.delete(timer as unknown as () => void);
  }

  expire(): void {
    for (const callback of this.#due) callback();
  }
}

function newDesk(hasSupervisor = true) {
  const clock = new TestClock();
  const sent: Wish[] = [];
  const send = hasSupervisor ? (wish: Wish) => void sent.push(wish) : undefined;
  const wishes = new Wishes({ send, clock, waitMs: 1_000, wishesMax: 2 });
  const desk = new SimulationDesk(wishes);
  desk.show([MARKET]);
  return { clock, sent, wishes, desk };
}

test('a wish is answered with how the market is once it was done', async () => {
  const { sent, wishes, desk } = newDesk();
  const steered = desk.steer('market', { rate: 10 });
  expect(sent).toEqual([{ type: 'simulation-wish', wish: 1, feed: 'market', rate: 10 }]);
  desk.show([{ ...MARKET, rate: 10 }]);
  wishes.settle({ type: 'outcome', wish: 1 });
  expect(await steered).toEqual({ ...MARKET, rate: 10 });
});

test('a refusal of the supervisor is the answer, with its reason', async () => {
  const { wishes, desk } = newDesk();
  const steered = desk.steer('market', { isRunning: true });
  const refusal = { kind: 'conflict', detail: 'It has ended.' } as const;
  wishes.settle({ type: 'outcome', wish: 1, refusal });
  await expect(steered).rejects.toMatchObject({ kind: 'conflict', message: 'It has ended.' });
});

test('a market that is not there, or a gateway without a supervisor, is not steered', async () => {
  const { desk, sent } = newDesk();
  await expect(desk.steer('other', {})).rejects.toMatchObject({ kind: 'not-found' });
  expect(sent).toEqual([]);
  await expect(newDesk(false).desk.steer('market', {})).rejects.toMatchObject({
    kind: 'not-found',
  });
});

test('a supervisor that says nothing is waited for so long, and so many wait', async () => {
  const { clock, wishes, desk } = newDesk();
  const both = Promise.allSettled([desk.steer('market', {}), desk.steer('market', {})]);
  await expect(desk.steer('market', {})).rejects.toMatchObject({ kind: 'overloaded' });
  clock.expire();
  const late = { status: 'rejected', reason: expect.objectContaining({ kind: 'unavailable' }) };
  expect(await both).toEqual([late, late]);
  // What became of it later is told to nobody.
  wishes.settle({ type: 'outcome', wish: 1 });
  const third = desk.steer('market', {});
  wishes.settle({ type: 'outcome', wish: 3 });
  expect(await third).toEqual(MARKET);
});
