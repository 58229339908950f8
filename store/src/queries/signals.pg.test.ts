import assert from 'node:assert/strict';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asPosition } from '@feedmill/core/brand';
import { stableId } from '@feedmill/core/stable-id';
import { AlertState, SignalKind } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from '../connection/pool.ts';
import type { SignalRow } from '../shard-session/commit-batch.ts';
import { ShardSession } from '../shard-session/shard-session.ts';
import { SAMPLE_DAY, SAMPLE_INSTRUMENT, SampleEvents } from '../testing/sample-events.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { selectAlerts, selectPendingAlerts, selectSignals } from './signals.ts';

const SHARD = 3;
const NANOS_PER_DAY = 86_400_000_000_000n;
const INSTRUMENT = stableId(SAMPLE_INSTRUMENT);
const { PENDING, KEPT, DELIVERED, DEAD } = AlertState;

let postgres: TestPostgres;
let pool: pg.Pool;
let session: ShardSession;
let committed = 0;

const signal = (at: number, alert?: SignalRow['alert']): SignalRow => ({
  instrumentId: INSTRUMENT,
  producerId: stableId('market'),
  rule: 'move',
  kind: SignalKind.PRICE_MOVE,
  value: 0.1 + 0.2,
  base: 1e11,
  threshold: 0.05,
  windowMs: 60_000,
  tsEvent: SAMPLE_DAY - 1n,
  tsInit: SAMPLE_DAY + BigInt(at) * NANOS_PER_DAY,
  position: asPosition(1),
  rowIndex: at,
  alert,
});

/** Commits signals and outcomes as an entry of their own. */
async function commit(changes: object): Promise<void> {
  const from = committed;
  committed += 1;
  const batch = { ...new SampleEvents('market').batch(committed, from), producers: [], ...changes };
  const outcome = await session.commit(batch);
  assert.equal(outcome.kind, 'committed');
}

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = openPool(postgres.url, 'feedmill-test');
  const holder = { url: postgres.url, shard: SHARD, clusterId: 'test', holder: 'market' };
  session = await ShardSession.acquire(holder, systemClock());
  const alerts = ['a', 'b', 'c'].map((id, at) => signal(at + 1, { id, state: PENDING }));
  await commit({ signals: [signal(0), ...alerts, signal(4, { id: 'kept', state: KEPT })] });
});

afterAll(async () => {
  await session.close();
  await pool.end();
  await postgres.close();
});

test('signals of an instrument come newest first, with figures to the last bit', async () => {
  const found = await selectSignals(pool, INSTRUMENT, 2);
  expect(found.map(({ rowIndex, isAlert }) => [rowIndex, isAlert])).toEqual([
    [4, true],
    [3, true],
  ]);
  const { alert: _alert, ...expected } = signal(0);
  const [oldest] = await selectSignals(pool, INSTRUMENT, 1, SAMPLE_DAY + 1n);
  expect(oldest).toEqual({ ...expected, position: 1, shard: SHARD, isAlert: false });
  expect(await selectSignals(pool, 1n, 1)).toEqual([]);
});

test('a shard delivers the oldest of its pending alerts, beside those under way', async () => {
  const ids = async (shard: number, underWay: string[], limit: number) => {
    const alerts = await selectPendingAlerts(pool, shard, underWay, limit);
    return alerts.map(({ alertId }) => alertId);
  };
  expect(await ids(SHARD, [], 10)).toEqual(['a', 'b', 'c']);
  expect(await ids(SHARD, ['b'], 1)).toEqual(['a']);
  expect(await ids(SHARD, ['a', 'b', 'c'], 10)).toEqual([]);
  expect(await ids(SHARD + 1, [], 10)).toEqual([]);
});

test('what became of an alert is kept, and a second telling changes nothing', async () => {
  const outcome = { attempts: 2, tsSettled: SAMPLE_DAY, lastError: 'HTTP 503' };
  await commit({
    alertOutcomes: [
      { ...outcome, alertId: 'a', state: DELIVERED },
      { ...outcome, alertId: 'b', state: DEAD },
      { ...outcome, alertId: 'kept', state: DELIVERED },
      { ...outcome, alertId: 'unknown', state: DELIVERED },
    ],
  });
  await commit({ alertOutcomes: [{ ...outcome, alertId: 'a', state: DEAD }] });
  const found = await selectAlerts(pool, 10);
  expect(found.map(({ alertId, state, lastError }) => [alertId, state, lastError])).toEqual([
    ['kept', KEPT, undefined],
    ['c', PENDING, undefined],
    ['b', DEAD, 'HTTP 503'],
    ['a', DELIVERED, 'HTTP 503'],
  ]);
  const dead = await selectAlerts(pool, 10, { state: DEAD });
  expect(dead).toMatchObject([{ alertId: 'b', attempts: 2, tsSettled: SAMPLE_DAY }]);
  const { rows } = await pool.query(
    'select rule, kind, state, window_ms from feedmill.v_alert order by alert_id limit 1',
  );
  expect(rows).toEqual([
    { rule: 'move', kind: 'PRICE_MOVE', state: 'DELIVERED', window_ms: '60000' },
  ]);
});
