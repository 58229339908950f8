import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpoch } from '@feedmill/core/brand';
import { AlertState } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { AlertRecord } from '@feedmill/store/queries/signals';
import type { AlertOutcome } from '@feedmill/store/shard-session/commit-batch';
import { expect, it, vi } from 'vitest';
import { EntryKind } from '../journal/journal-entry.ts';
import { LIMITS, type WorkerLimits } from '../limits.ts';
import { decodeAlertOutcomes } from '../process/alert-outcomes.ts';
import { AlertCourier } from './alert-courier.ts';

const limits: WorkerLimits = {
  ...LIMITS,
  alertRetryBaseMs: 1,
  alertRetryCapMs: 2,
  alertAttemptsMax: 3,
  alertsUnderWayMax: 2,
};

const alertOf = (alertId: string) =>
  ({ alertId, tsEvent: 0n, tsInit: 0n, kind: 1, instrumentId: 1n, position: 1 }) as AlertRecord;

/** A courier with a webhook that answers as it is told, and Postgres as a list. */
function courierOf(answer: (id: string, attempt: number) => string | undefined) {
  const pending: string[] = [];
  const posted: string[] = [];
  const outcomes: AlertOutcome[] = [];
  const courier = new AlertCourier({
    clock: systemClock(),
    epoch: () => asEpoch(1),
    isActive: () => true,
    journal: {
      append: ({ kind, payload }) => {
        expect(kind).toBe(EntryKind.ALERTS);
        outcomes.push(...decodeAlertOutcomes(payload));
        return { position: 1, tsInit: 0n } as never;
      },
    },
    readPending: async (underWay, limit) =>
      pending
        .filter((id) => !underWay.includes(id))
        .slice(0, limit)
        .map(alertOf),
    webhook: {
      key: Buffer.alloc(32),
      random: () => 0.5,
      post: async ({ headers }) => {
        const id = headers['webhook-id'] ?? '';
        posted.push(id);
        return answer(id, posted.filter((each) => each === id).length);
      },
    },
    limits,
    log: { warn: () => undefined, info: () => undefined },
  });
  /** The transaction with all outcomes so far. */
  const commit = (): void => {
    const settled = outcomes.map(({ alertId }) => alertId);
    pending.splice(0, pending.length, ...pending.filter((id) => !settled.includes(id)));
    courier.onCommitted(false, outcomes);
  };
  return { courier, pending, posted, outcomes, commit };
}

it('tells of what an earlier worker has left, and of what is committed from then on', async () => {
  const { courier, pending, posted, outcomes, commit } = courierOf(() => undefined);
  pending.push('a');
  courier.begin();
  await vi.waitUntil(() => outcomes.length === 1);
  pending.push('b');
  courier.onCommitted(true, []);
  await vi.waitUntil(() => outcomes.length === 2);
  // Until it is committed that they are delivered, Postgres still has them as pending.
  courier.onCommitted(true, []);
  commit();
  await courier.stop();
  expect(posted).toEqual(['a', 'b']);
  expect(outcomes).toMatchObject([
    { alertId: 'a', state: AlertState.DELIVERED, attempts: 1, lastError: '' },
    { alertId: 'b', state: AlertState.DELIVERED },
  ]);
});

it('tries again until it is taken', async () => {
  const { courier, pending, outcomes } = courierOf((_id, attempt) =>
    attempt < 3 ? `HTTP 50${attempt}` : undefined,
  );
  pending.push('a');
  courier.begin();
  await vi.waitUntil(() => outcomes.length === 1);
  expect(outcomes).toMatchObject([
    { state: AlertState.DELIVERED, attempts: 3, lastError: 'HTTP 502' },
  ]);
});

it('gives up what is never taken, and says why', async () => {
  const { courier, pending, outcomes } = courierOf(() => 'HTTP 500');
  pending.push('a');
  courier.begin();
  await vi.waitUntil(() => outcomes.length === 1);
  expect(outcomes).toMatchObject([{ state: AlertState.DEAD, attempts: 3, lastError: 'HTTP 500' }]);
});

it('has no more under way than it may, and takes the others up later', async () => {
  const { courier, pending, posted, outcomes, commit } = courierOf(() => undefined);
  pending.push('a', 'b', 'c', 'd', 'e');
  courier.begin();
  await vi.waitUntil(() => outcomes.length === 2);
  expect(posted).toEqual(['a', 'b']);
  commit();
  await vi.waitUntil(() => outcomes.length === 4);
  commit();
  await vi.waitUntil(() => outcomes.length === 5);
  expect(posted).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('that is stopped leaves what waits to be tried again to the next worker', async () => {
  const { courier, pending, posted, outcomes } = courierOf(() => 'HTTP 500');
  pending.push('a');
  courier.begin();
  await vi.waitUntil(() => posted.length > 0);
  await courier.stop();
  expect(posted.length).toBeLessThanOrEqual(3);
  const settled = outcomes.length;
  courier.onCommitted(true, []);
  expect(outcomes).toHaveLength(settled);
});
