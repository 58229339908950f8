import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readLocalState } from '@feedmill/cli/local-state';
import { RecordBatchReader } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeedmillCommand, feedmill } from './harness/feedmill-command.ts';
import { say } from './harness/say.ts';
import { makeTestFolder, removeTestFolder } from './harness/test-folder.ts';
import { until } from './harness/waiting.ts';

let dir: string;
let up: FeedmillCommand;
let url: string;
let key: string;

beforeAll(async () => {
  dir = makeTestFolder();
  up = new FeedmillCommand('up', '--dir', dir, '--shards', '2');
  await up.says('Console ');
  [url = ''] = /http:\/\/127\.0\.0\.1:\d+(?= \(its key)/.exec(up.output) ?? [];
  const file = await readFile(path.join(dir, 'gateway-key.json'), 'utf8');
  key = (JSON.parse(file) as { key: string }).key;
});

afterAll(async () => {
  up.signal('SIGINT');
  await up.ended;
  await feedmill('down', '--dir', dir);
  await removeTestFolder(dir);
});

interface Page {
  readonly items: Readonly<Record<string, unknown>>[];
  readonly next?: string;
  readonly positions?: Readonly<Record<string, string>>;
}

interface ProblemBody {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
}

async function ask(target: string, headers: Readonly<Record<string, string>> = {}) {
  return await fetch(url + target, { headers: { authorization: `Bearer ${key}`, ...headers } });
}

async function pageOf(target: string): Promise<Page> {
  const response = await ask(target);
  const body = await response.text();
  if (response.status !== 200) say(`${target}: ${response.status} ${body}\n`);
  expect(response.status).toBe(200);
  return JSON.parse(body) as Page;
}

async function problemOf(target: string, init: RequestInit = {}): Promise<ProblemBody> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${key}`);
  const response = await fetch(url + target, { ...init, headers });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = (await response.json()) as ProblemBody;
  expect(body.status).toBe(response.status);
  expect(body.detail).not.toBe('');
  return body;
}

const INSTRUMENT = 'AAPL.XNAS';

describe('the gateway of a running Feedmill', () => {
  it('asks everybody for a key, but says to anyone that it lives', async () => {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    for (const headers of [
      {},
      { authorization: 'Bearer nonsense' },
      { authorization: `Bearer ${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}` },
      { authorization: `Basic ${key}` },
    ]) {
      const response = await fetch(`${url}/v1/feeds`, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
    }
    const response = await ask('/v1/access');
    expect(await response.json()).toMatchObject({ kind: 'key', name: 'local' });
    expect(response.headers.get('ratelimit-policy')).toBe('"key";q=1000;w=2');
    expect(response.headers.get('ratelimit')).toMatch(/^"key";r=\d+;t=\d+$/);
  });

  it('finds instruments by a part of their names, a page at a time', async () => {
    const all = await pageOf('/v1/instruments?search=aapl');
    expect(all.items.length).toBeGreaterThan(2);
    expect(all.next).toBeUndefined();
    const first = await pageOf('/v1/instruments?search=aapl&limit=2');
    const second = await pageOf(`/v1/instruments?search=aapl&limit=2&cursor=${first.next}`);
    expect([...first.items, ...second.items]).toEqual(all.items.slice(0, 4));
    const one = await ask(`/v1/instruments/${INSTRUMENT}`);
    expect(await one.json()).toMatchObject({ instrument: INSTRUMENT, min_price_increment: '0.01' });
  });

  it('pages through trades without a repeat or a hole while more are written', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await pageOf(`/v1/trades?instrument=${INSTRUMENT}&limit=50${cursor}`);
      seen.push(...page.items.map((trade) => String(trade['producer_sequence'])));
      cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
    } while (cursor !== '' && seen.length < 1_000);
    const again = await pageOf(`/v1/trades?instrument=${INSTRUMENT}&limit=${seen.length}`);
    expect(again.items.map((trade) => String(trade['producer_sequence']))).toEqual(seen);
    expect(new Set(seen).size).toBe(seen.length);
    const newest = await pageOf(`/v1/trades?instrument=${INSTRUMENT}&limit=5&order=desc`);
    const times = newest.items.map((trade) => BigInt(String(trade['ts_event'])));
    expect(times).toEqual(times.toSorted((one, other) => Number(other - one)));
  });

  it('answers the same rows as JSON, NDJSON, CSV and Arrow', async () => {
    const target = `/v1/trades?instrument=${INSTRUMENT}&limit=20`;
    const { items } = await pageOf(target);
    const lines = await (await ask(target, { accept: 'application/x-ndjson' })).text();
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(items);
    const text = await (await ask(target, { accept: 'text/csv' })).text();
    const [head = '', ...rows] = text.trim().split('\r\n');
    const at = head.split(',').indexOf('price');
    expect(rows.map((row) => row.split(',')[at])).toEqual(items.map((item) => item['price']));
    const response = await ask(target, { accept: 'application/vnd.apache.arrow.stream' });
    expect(response.headers.get('link')).toMatch(/rel="next"$/);
    const reader = RecordBatchReader.from(new Uint8Array(await response.arrayBuffer()));
    const [batch] = [...reader];
    expect(batch?.numRows).toBe(items.length);
    const sequences = [...(batch?.getChild('producer_sequence') ?? [])].map(String);
    expect(sequences).toEqual(items.map((item) => item['producer_sequence']));
  });

  it('makes bars of any length of those that are stored', async () => {
    const small = await until('a minute and more is closed', async () => {
      const page = await pageOf(`/v1/bars?instrument=${INSTRUMENT}&step=1s&limit=1000`);
      return page.items.length > 12 && page.items;
    });
    const from = String(small[1]?.['ts_event']);
    const to = String(BigInt(from) + 10_000_000_000n);
    const range = `instrument=${INSTRUMENT}&from=${from}&to=${to}`;
    const large = (await pageOf(`/v1/bars?${range}&step=5s&limit=1000`)).items;
    expect(large.length).toBeGreaterThan(0);
    for (const bar of large) {
      const start = BigInt(String(bar['ts_event']));
      expect(start % 5_000_000_000n).toBe(0n);
      const parts = small.filter((each) => {
        const at = BigInt(String(each['ts_event']));
        return at >= start && at < start + 5_000_000_000n;
      });
      expect(bar['open']).toBe(parts[0]?.['open']);
      expect(bar['close']).toBe(parts.at(-1)?.['close']);
      const volume = parts.reduce((sum, part) => sum + Number(part['volume']), 0);
      expect(Number(bar['volume'])).toBe(volume);
    }
  });

  it('reads everything that was acknowledged before, where that is asked for', async () => {
    const page = await pageOf(`/v1/trades?instrument=${INSTRUMENT}&limit=1&consistency=strong`);
    expect(Object.keys(page.positions ?? {}).length).toBeGreaterThan(0);
  });

  it('says how feeds, shards and regions are', async () => {
    const { items: feeds } = await pageOf('/v1/feeds');
    expect(feeds).toHaveLength(1);
    expect(feeds[0]).toMatchObject({ feed: 'market', region: 'local' });
    expect(feeds[0]?.['venues']).toContain('XNAS');
    const { items: shards } = await pageOf('/v1/shards');
    expect(shards.map(({ shard, up: isUp }) => [shard, isUp])).toEqual([
      [0, true],
      [1, true],
    ]);
    expect((await pageOf('/v1/regions')).items).toHaveLength(1);
    expect((await pageOf('/v1/alerts')).items).toEqual([]);
    await pageOf('/v1/gaps?order=desc');
    await pageOf('/v1/news');
  });

  it.each([
    ['/v1/nothing', 404],
    ['/v1/trades', 400],
    ['/v1/trades?instrument=NO.SUCH', 404],
    [`/v1/trades?instrument=${INSTRUMENT}&from=yesterday`, 400],
    [`/v1/trades?instrument=${INSTRUMENT}&from=2024-02-30`, 400],
    [`/v1/trades?instrument=${INSTRUMENT}&from=2024-01-02&to=2024-01-01`, 422],
    [`/v1/trades?instrument=${INSTRUMENT}&from=2010-01-01&to=2024-01-01`, 422],
    [`/v1/trades?instrument=${INSTRUMENT}&cursor=bm9uc2Vuc2Vub25zZW5zZQ`, 422],
    [`/v1/trades?instrument=${INSTRUMENT}&limit=0`, 400],
    [`/v1/trades?instrument=${INSTRUMENT}&limit=1&limit=2`, 400],
    [`/v1/trades?instrument=${INSTRUMENT}&colour=red`, 400],
    [`/v1/bars?instrument=${INSTRUMENT}&step=7m`, 422],
    [`/v1/instruments/${encodeURIComponent("'; drop table feedmill.trade; --")}`, 400],
    ['/v1/instruments/%E0%A4', 400],
    [`/v1/instruments?search=${'x'.repeat(9_000)}`, 414],
  ])('refuses %s with %i and a sentence', async (target, status) => {
    expect((await problemOf(target)).status).toBe(status);
  });

  it('refuses other methods, formats and bodies that are too large', async () => {
    expect((await problemOf('/v1/feeds', { method: 'DELETE' })).status).toBe(405);
    const accept = { headers: { accept: 'application/pdf' } };
    expect((await problemOf('/v1/feeds', accept)).status).toBe(406);
    const body = { method: 'POST', body: 'x'.repeat(10_000_000) };
    expect([405, 413]).toContain((await problemOf('/v1/feeds', body)).status);
  });

  it('serves the console once it is built, without a key and without a foreign host', async () => {
    const page = await until('the console is there', async () => {
      const response = await fetch(url);
      return response.status === 200 && response;
    });
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const [, script = ''] = /src="\.(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
    const asset = await fetch(url + script);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${url}/../../etc/passwd`)).status).toBe(404);
  });

  it('is started again at the same address when it is killed, and knows the workers', async () => {
    const pid = (await readLocalState(dir))?.gateway?.process?.pid as number;
    process.kill(pid, 'SIGKILL');
    const shards = await until('it answers again and sees both workers', async () => {
      try {
        const { items } = (await (await ask('/v1/shards')).json()) as Page;
        return items.every(({ up: isUp }) => isUp === true) && items;
      } catch {
        return false;
      }
    });
    expect(shards).toHaveLength(2);
  });
});
