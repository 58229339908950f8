import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { blockLines, progressText } from './block-lines.ts';
import type { FeedRow, StatusView } from './feed-row.ts';
import { choosePalette } from './palette.ts';

const plain = choosePalette(false, {});
const coloured = choosePalette(true, {});

const feed = (change: Partial<FeedRow> = {}): FeedRow => ({
  producer: 'spot-btcusdt-20240808-to-btcusdt-20240809',
  shard: 2,
  eventsPerSecond: 18_412.6,
  durable: 1_234_567,
  committed: 1_234_001,
  lagMs: 4.2,
  gaps: 0,
  condition: 'ok',
  ...change,
});

const view = (change: Partial<StatusView> = {}): StatusView => ({
  rows: [feed({ producer: 'market' }), feed({ producer: 'news', shard: undefined, gaps: 3 })],
  progress: undefined,
  isStarting: false,
  footer: 'Ctrl-C drains and stops',
  ...change,
});

test('a wide terminal shows every column', () => {
  expect(blockLines(view(), { columns: 120, rows: 30 }, plain)).toEqual([
    'FEED    SHARD  EVENTS/S    DURABLE  COMMITTED   LAG  GAPS  STATE',
    'market      2    18,413  1,234,567  1,234,001  4 ms     0  ok   ',
    'news        -    18,413  1,234,567  1,234,001  4 ms     3  ok   ',
    'Ctrl-C drains and stops',
  ]);
});

test('no line is wider than the terminal at any width, with colours or without', () => {
  const rows = [feed(), feed({ producer: 'a', eventsPerSecond: 2.5e6, lagMs: 84_000 })];
  const progress = { fraction: 0.43, eventsPerSecond: 182_000, timeLeftMs: 12_000 };
  for (const palette of [plain, coloured]) {
    for (let columns = 2; columns <= 200; columns += 1) {
      for (const line of blockLines(view({ rows, progress }), { columns, rows: 24 }, palette)) {
        expect(stripVTControlCharacters(line).length).toBeLessThan(columns);
      }
    }
  }
});

test('a narrow terminal keeps the feed, its rate and what is committed', () => {
  const [head] = blockLines(view(), { columns: 32, rows: 24 }, plain);
  expect(head).toBe('FEED    EVENTS/S  COMMITTED');
});

test('the name of a feed is cut before a column is lost', () => {
  const lines = blockLines(view({ rows: [feed()] }), { columns: 80, rows: 24 }, plain);
  expect(lines[0]).toContain('GAPS');
  expect(lines[1]).toMatch(/^spot-btc\S*…  /);
});

test('the block is never higher than the terminal and says how many feeds it leaves out', () => {
  const rows = Array.from({ length: 40 }, (_, index) => feed({ producer: `feed-${index}` }));
  const lines = blockLines(view({ rows }), { columns: 100, rows: 12 }, plain);
  expect(lines.length).toBeLessThan(12);
  expect(lines.at(-2)).toBe('… and 32 more');
});

test('colours mark gaps and what is not in order, and only on a terminal that wants them', () => {
  const rows = [feed({ producer: 'x', gaps: 2, condition: 'spilling' })];
  const line = (env: NodeJS.ProcessEnv): string =>
    blockLines(view({ rows }), { columns: 120, rows: 24 }, choosePalette(true, env))[1] ?? '';
  expect(line({})).toContain('\u001b[33m   2\u001b[39m');
  expect(line({})).toContain('\u001b[33mspilling\u001b[39m');
  expect(line({ NO_COLOR: '1' })).not.toContain('\u001b');
  expect(line({ TERM: 'dumb' })).not.toContain('\u001b');
});

test('progress names percent, rate and time left as far as they are known', () => {
  expect(progressText({ fraction: 0.999, eventsPerSecond: 1e5, timeLeftMs: 61_000 })).toBe(
    '99 %  100,000 events/s  1 min 1 s left',
  );
  expect(progressText({ fraction: undefined, eventsPerSecond: 0, timeLeftMs: undefined })).toBe(
    '0 events/s',
  );
});
