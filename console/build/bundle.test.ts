import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildConsole, ensureConsole } from './ensure-console.ts';

// What a phone on a slow line takes in a second or two.
const BUNDLE_BYTES_MAX = 250_000;
// What the first picture needs: the page without its chart.
const FIRST_PAINT_BYTES_MAX = 120_000;

let place: string;
let files: Map<string, Buffer>;

beforeAll(async () => {
  place = await mkdtemp(path.join(os.tmpdir(), 'feedmill-console-'));
  const folder = path.join(place, 'built');
  await buildConsole(folder);
  files = new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(folder, file), await readFile(file));
  }
});

afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

const gzipBytes = (named: (name: string) => boolean): number =>
  [...files]
    .filter(([name]) => named(name))
    .reduce((sum, [, bytes]) => sum + gzipSync(bytes, { level: 9 }).length, 0);

test('the whole bundle is below 250 kB, packed', () => {
  const bytes = gzipBytes(() => true);
  expect(bytes, `${bytes} bytes`).toBeLessThan(BUNDLE_BYTES_MAX);
});

test('the first picture does not wait for the chart', () => {
  const bytes = gzipBytes((name) => !name.includes('candle-chart'));
  expect(bytes, `${bytes} bytes`).toBeLessThan(FIRST_PAINT_BYTES_MAX);
  expect([...files.keys()].some((name) => name.includes('candle-chart'))).toBe(true);
});

test('the page has no script, style or handler of its own inside', () => {
  const html = String(files.get('index.html'));
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
});

test('no file is asked of another host', () => {
  for (const [name, bytes] of files) {
    if (!/\.(html|css)$/.test(name)) continue;
    expect(String(bytes), name).not.toMatch(/(src|href)="https?:|url\(["']?(https?:|data:|\/\/)/);
  }
});

test('what is built already is not built again, and what is half built is not taken', async () => {
  const kept = path.join(place, 'kept');
  const first = await ensureConsole(kept);
  const [again, atOnce] = await Promise.all([ensureConsole(kept), ensureConsole(kept)]);
  expect(again).toBe(first);
  expect(atOnce).toBe(first);
  expect(await readdir(kept)).toEqual([path.basename(first)]);
});
