import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OperatorLimits } from '../limits.ts';
import { ApiServer } from '../testing/api-server.ts';
import { clientOf, QUICK } from '../testing/test-client.ts';
import { until } from '../testing/waiting.ts';
import { Elector } from './elector.ts';

const COLLECTION = '/apis/coordination.k8s.io/v1/leases';

let server: ApiServer;
let stop: AbortController;
let ends: Promise<unknown>[];

beforeEach(async () => {
  server = await ApiServer.start();
  stop = new AbortController();
  ends = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(ends);
  await server.close();
});

const silent = { info: () => undefined, warn: () => undefined };

/** So long that a test which waits for it fails. */
const ENDLESS = { ...QUICK, leaseMs: 600_000 };
/** The same, of a leader that no stall of a busy machine makes give up. */
const PATIENT = { ...ENDLESS, leaseRenewMs: 300_000 };

function candidate(
  identity: string,
  clock: Clock = systemClock(),
  limits: OperatorLimits = QUICK,
): Elector {
  return new Elector({
    client: clientOf(server.url),
    namespace: 'ns',
    name: 'operator',
    identity,
    clock,
    random: () => 0.5,
    limits,
    log: silent,
  });
}

/** Leads as soon as it can, until it loses the lease or the test ends. */
function run(elector: Elector, signal = stop.signal): { lost: FeedmillError | undefined } {
  const outcome: { lost: FeedmillError | undefined } = { lost: undefined };
  const life = async (): Promise<void> => {
    if ((await elector.acquire(signal)) === undefined) return;
    try {
      await elector.keep(signal);
    } catch (error) {
      outcome.lost = FeedmillError.from(error);
    }
  };
  ends.push(life());
  return outcome;
}

const lease = (): Record<string, unknown> =>
  (server.table.get(COLLECTION, 'ns', 'operator') as unknown as { spec: Record<string, unknown> })
    .spec;

const leaders = (electors: readonly Elector[]): number =>
  electors.filter(({ isLeading }) => isLeading).length;

test('of five that begin at the same moment exactly one leads, at every moment', async () => {
  const electors = ['a', 'b', 'c', 'd', 'e'].map((identity) =>
    candidate(identity, systemClock(), PATIENT),
  );
  for (const elector of electors) run(elector);
  await until('a leader', () => leaders(electors) === 1);
  for (let look = 0; look < 60; look += 1) {
    expect(leaders(electors)).toBe(1);
    await delay(10);
  }
  expect(lease()['leaseTransitions']).toBe(0);
});

test('times in the lease have the six digits that the API server insists on', async () => {
  run(candidate('a'));
  await until('a lease', () => server.table.list(COLLECTION, 'ns').length === 1);
  expect(lease()['renewTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test('a lease that is given back is taken at once', async () => {
  const first = candidate('first', systemClock(), PATIENT);
  const second = candidate('second', systemClock(), PATIENT);
  const stopFirst = new AbortController();
  run(first, stopFirst.signal);
  await until('first', () => first.isLeading);
  run(second);
  await delay(100);
  stopFirst.abort();
  await until('second', () => second.isLeading);
  expect(lease()).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
});

test('a leader that died is followed after its lease, and its silence is known', async () => {
  const dead = candidate('dead');
  await dead.acquire(stop.signal);
  const diedMs = performance.now();
  const next = candidate('next');
  const leadership = await next.acquire(stop.signal);
  expect(performance.now() - diedMs).toBeGreaterThanOrEqual(QUICK.leaseMs - 50);
  expect(leadership?.abandonedSince).toBeTypeOf('bigint');
});

test('a leader whose event loop stalled does nothing more, and never beside another', async () => {
  const system = systemClock();
  let stalledMs = 0;
  // What a stall looks like from inside: between two looks much time has passed.
  const clock: Clock = { ...system, monotonicMs: () => system.monotonicMs() + stalledMs };
  const stalled = candidate('stalled', clock);
  const outcome = run(stalled);
  await until('the first leader', () => stalled.isLeading);
  stalledMs = QUICK.leaseRenewMs + 1;
  expect(stalled.isLeading).toBe(false);
  expect(() => stalled.assertLeading()).toThrow('does not lead');
  await until('its end', () => outcome.lost !== undefined);
  expect(outcome.lost?.code).toBe('LEADERSHIP_LOST');
  const next = candidate('next');
  run(next);
  await until('the second leader', () => next.isLeading);
  expect(stalled.isLeading).toBe(false);
});

test('a leader that cannot reach the API server ends before another may begin', async () => {
  const elector = candidate('cut off', systemClock(), ENDLESS);
  const outcome = run(elector);
  await until('the leader', () => elector.isLeading);
  server.scripts.push((_, response) => {
    response.destroy();
    return true;
  });
  await until('its end', () => outcome.lost !== undefined);
  expect(elector.isLeading).toBe(false);
});

test('a renewal that lost a race with another writer is tried again', async () => {
  const elector = candidate('a', systemClock(), PATIENT);
  const outcome = run(elector);
  await until('the leader', () => elector.isLeading);
  let conflicts = 0;
  server.scripts.push(({ method }) => {
    if (method !== 'PUT' || conflicts >= 2) return false;
    conflicts += 1;
    // Somebody touches the lease between our read and our write.
    const labels = { touched: String(conflicts) };
    server.table.mergePatch(COLLECTION, 'ns', 'operator', { metadata: { labels } });
    return false;
  });
  await until('two conflicts', () => conflicts === 2);
  const before = lease()['renewTime'];
  await until('a renewal', () => lease()['renewTime'] !== before);
  expect(elector.isLeading).toBe(true);
  expect(outcome.lost).toBeUndefined();
});
