import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openPool } from '@feedmill/store/connection/pool';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const fileAt = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

interface Addresses {
  readonly postgres: string;
  readonly workers: readonly { readonly grpc: string }[];
}

let dir: string;
let feedmill: ChildProcess;
let addresses: Addresses;

/** The document that `feedmill up --json` prints once everything runs. */
function firstDocument(child: ChildProcess): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    let text = '';
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('}\n')) resolve(JSON.parse(text) as Addresses);
    });
    child.once('exit', (code) => reject(new Error(`feedmill ended with ${code}: ${errors}`)));
  });
}

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'feedmill-example-'));
  const sources = ['--source', 'push:desk-sdk', '--source', 'push:desk-grpc'];
  feedmill = spawn(
    process.execPath,
    [fileAt('../../cli/src/main.ts'), 'up', '--json', '--dir', dir, '--shards', '2', ...sources],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  addresses = await firstDocument(feedmill);
});

afterAll(async () => {
  const ended = new Promise((resolve) => feedmill.once('exit', resolve));
  feedmill.kill('SIGTERM');
  await ended;
  await rm(dir, { recursive: true });
});

test.for([
  ['push-with-sdk.ts', 'desk-sdk'],
  ['push-with-grpc.ts', 'desk-grpc'],
] as const)('%s stores its events once, however often it runs', async ([script, producer]) => {
  const worker = addresses.workers[0]?.grpc ?? '';
  const example = async () => {
    const env = { ...process.env, TMPDIR: dir };
    return (await run(process.execPath, [fileAt(script), worker, producer], { env })).stdout;
  };
  expect(await example()).toMatch(/^4 events sent to shard \d; 4 are in Postgres\.\n$/);
  expect(await example()).toMatch(/^0 events sent to shard \d; 4 are in Postgres\.\n$/);
  const pool = openPool(addresses.postgres, 'feedmill-test');
  try {
    const { rows } = await pool.query<{ row: string }>(
      `select format('%s %s of %s', price, size, instrument) as row from feedmill.v_trade
       where producer = $1 order by ts_event`,
      [producer],
    );
    expect(rows.map(({ row }) => row)).toEqual([
      '227.51 100 of AAPL.XNAS',
      '227.515 50 of AAPL.XNAS',
      '227.5 0.25 of AAPL.XNAS',
    ]);
  } finally {
    await pool.end();
  }
});
