import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  NEEDS_RECORDED_DATA,
  recordedPath,
} from '@feedmill/producer/capture/testing/recorded-data';
import { expect, test } from 'vitest';
import { digestCalmRun, type NamedSource } from '../harness/calm-run.ts';
import { postgresOfFile } from '../harness/file-postgres.ts';
import { Lab } from '../harness/lab.ts';

const FAST = 50;
const OPTIONS = { workerFlags: ['--store-book-deltas'] };

const postgres = postgresOfFile();

/** Runs the sources as fast as they are taken, and again at a pace. */
async function expectEqualTables(name: string, sources: readonly NamedSource[]): Promise<void> {
  const unpaced = await Lab.open(`${name}_unpaced`, postgres());
  const expected = await digestCalmRun(unpaced, sources, OPTIONS);
  const paced = await Lab.open(`${name}_paced`, postgres());
  const found = await digestCalmRun(paced, sources, { ...OPTIONS, speed: FAST });
  expect(expected.faults).toEqual([]);
  expect(found.faults).toEqual([]);
  expect(found.tables).toEqual(expected.tables);
  expect(expected.events).toBeGreaterThan(1000);
}

test(`a simulated market gives equal tables at speed 0 and ${FAST}`, async () => {
  const options = 'events=16000&rate=40&seed=9&start=2025-01-06T14:30:00Z&gaps=0.001&late=0.01';
  await expectEqualTables('simulated', [
    { producer: 'market', source: `simulated:market?${options}&corrections=0.01&duplicates=0.01` },
  ]);
});

// Six minutes each; at speed 50 seven seconds.
const CAPTURES = ['binance/spot/btcusdt_20240808.gz', 'binance/cm/btcusd_perp_20240808.gz'];
const TRADES = 'gemini/gemini__eth-usd__2021-07-01__trade.csv';
const TRADES_SECONDS = 350;
const isRecorded = [...CAPTURES, TRADES].every((name) => existsSync(recordedPath(name)));
const skipped = isRecorded ? '' : ` (${NEEDS_RECORDED_DATA})`;

test.skipIf(!isRecorded)(
  `recorded captures give equal tables at speed 0 and ${FAST}${skipped}`,
  async () => {
    const [spot = '', coin = ''] = CAPTURES.map(recordedPath);
    await expectEqualTables('recorded', [
      { producer: 'spot', source: `capture:binance:${spot}` },
      { producer: 'coin', source: `capture:binance:${coin}` },
      { producer: 'eth', source: `capture:gemini-csv:${cutTrades(postgres().dir)}` },
    ]);
  },
);

const VENUES = [
  'BINANCE',
  'BITFINEX',
  'BITSTAMP',
  'BYBIT',
  'COINBASE',
  'DERIBIT',
  'DYDX',
  'GEMINI',
  'HITBTC',
  'KRAKEN',
  'KUCOIN',
  'OKX',
];
const sessions = VENUES.map((name) => recordedPath(`websocket/${name}`));
const areSessionsThere = sessions.every((session) => existsSync(`${session}.0`));

test.skipIf(!areSessionsThere)(
  `twelve recorded sessions at once give equal tables at both speeds${skipped}`,
  async () => {
    const sources = sessions.map((session, at) => ({
      producer: VENUES[at] ?? '',
      source: `capture:cryptofeed:${session}`,
    }));
    await expectEqualTables('venues', sources);
  },
);

/** The first minutes of a day of trades, in a file of their own. */
function cutTrades(dir: string): string {
  const [header = '', ...rows] = readFileSync(recordedPath(TRADES), 'utf8').split('\n');
  const end = Number(rows[0]?.split(',')[0]) + TRADES_SECONDS;
  const kept = rows.filter((row) => row !== '' && Number(row.split(',')[0]) < end);
  const file = path.join(dir, path.basename(TRADES));
  writeFileSync(file, `${[header, ...kept].join('\n')}\n`);
  return file;
}
