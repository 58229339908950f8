import { expect, test } from 'vitest';
import type { Trade } from '../api/shapes.ts';
import { chartStep } from './chart-steps.ts';
import { loadCandles } from './load-candles.ts';

const MINUTE_MS = 60_000;

async function askedFor(
  step: string,
  nowMs: number,
  trades: readonly Trade[] = [],
): Promise<string[]> {
  const asked: string[] = [];
  const client = {
    bars(_: string, name: string, fromMs: number, toMs: number) {
      asked.push(`${name} ${(fromMs - nowMs) / 1000} ${(toMs - nowMs) / 1000}`);
      return Promise.resolve([]);
    },
    trades: () => Promise.resolve([...trades]),
  };
  await loadCandles(client, 'A.B', chartStep(step), nowMs);
  return asked;
}

test('the candle that has begun is asked for in minutes, its last minute in seconds', async () => {
  const nowMs = 1_000 * 60 * MINUTE_MS + 17 * MINUTE_MS + 4_500;
  expect(await askedFor('1h', nowMs)).toEqual([
    '1h -2592000 -1024.5',
    '1m -1024.5 -4.5',
    '1s -4.5 -0.5',
  ]);
  expect(await askedFor('1m', nowMs)).toEqual(['1m -43200 -4.5', '1s -4.5 -0.5']);
  expect(await askedFor('1s', nowMs)).toEqual(['1s -900 -0.5']);
});

test('of what trades no more the last candles are asked for', async () => {
  const nowMs = 1_000 * 60 * MINUTE_MS;
  const last: Trade = {
    key: '1',
    instrument: 'A.B',
    timeNanos: BigInt(nowMs - 10 * 60 * MINUTE_MS + 61_500) * 1_000_000n,
    price: 1n,
    size: 1n,
    side: 'buy',
  };
  expect(await askedFor('1m', nowMs, [last])).toEqual([
    '1m -43200 0',
    '1m -79137.5 -35940',
    '1s -35940 -35938',
  ]);
});
