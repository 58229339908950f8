import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectorReport } from './connector-report.ts';
import { IngestServer } from './sdk/testing/ingest-server.ts';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('the connector process', () => {
  let server: IngestServer;
  let folder: string;
  let child: ChildProcess | undefined;
  let log: string;
  let reports: ConnectorReport[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'feedmill-connector-'));
    server = new IngestServer();
    await server.listen();
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    server.kill();
    await rm(folder, { recursive: true });
  });

  function run(...argv: string[]): ChildProcess {
    log = '';
    reports = [];
    const started = fork(program, ['--state-dir', folder, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    started.stderr?.on('data', (text: Buffer) => (log += text.toString()));
    started.on('message', (message) => reports.push(message as ConnectorReport));
    child = started;
    return started;
  }

  // Node gives no 'close' after the parent has disconnected; end of output and exit are the same.
  const exitCode = async (started: ChildProcess): Promise<number> => {
    const ended = [once(started, 'exit'), once(started.stderr as Readable, 'end')];
    return ((await Promise.all(ended))[0] as [number])[0];
  };
  const messages = () =>
    log
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);

  it('delivers its source, reports to its parent and ends with 0', {
    timeout: 20_000,
  }, async () => {
    const code = await exitCode(
      run(
        '--source=simulated:market?events=3000&speed=0',
        '--producer=other',
        `--locate=${server.address}`,
        '--report-ms=50',
      ),
    );
    expect([code, log.includes('"level":50')]).toEqual([0, false]);
    expect(server.taken).toHaveLength(3_000);
    expect(server.hellos[0]).toMatchObject({ producer: 'other' });
    expect(reports.at(-1)).toMatchObject({
      type: 'done',
      producer: 'other',
      shard: 1,
      sent: 3_000,
      durable: 3_000,
      committed: 3_000,
      fraction: 1,
    });
    expect(messages().at(-1)).toBe('producer closed');
  });

  it('goes on after kill -9 and delivers the rest', async () => {
    const argv = [
      '--source=simulated:market?events=40000&rate=20000&seed=3',
      `--locate=${server.address}`,
      '--report-ms=50',
    ];
    const first = run(...argv);
    while (server.taken.length < 2_000) await new Promise((resolve) => setTimeout(resolve, 5));
    first.kill('SIGKILL');
    await exitCode(first);
    const code = await exitCode(run(...argv, '--speed', '0'));
    expect(code).toBe(0);
    expect(server.taken).toHaveLength(40_000);
    const [before, after] = server.hellos.map((hello) => hello.incarnation);
    expect(after).toBeGreaterThan(before as bigint);
  });

  it.each(['SIGTERM', 'disconnect'] as const)(
    'ends with 0 when told to stop by %s',
    { timeout: 20_000 },
    async (how) => {
      const started = run('--source', 'simulated:market?rate=1000', '--locate', server.address);
      while (server.taken.length < 100) await new Promise((resolve) => setTimeout(resolve, 5));
      if (how === 'disconnect') started.disconnect();
      else started.kill(how);
      expect(await exitCode(started)).toBe(0);
      expect(messages()).toContain(`told to stop by ${how}`);
    },
  );

  it('ends with 2 and a sentence when it was called wrongly', async () => {
    expect(await exitCode(run('--source', 'nonsense:', '--locate', 'a:1'))).toBe(2);
    expect(messages().at(-1)).toMatch(/'nonsense' is not a kind of source/);
    expect(await exitCode(run('--sorce', 'x'))).toBe(2);
    expect(messages().at(-1)).toMatch(/--sorce/);
  });

  it('ends with 1 and the sentence of the worker when it is refused', {
    timeout: 20_000,
  }, async () => {
    server.refuseWith = {
      code: status.PERMISSION_DENIED,
      details: 'The token of the producer is wrong.',
    };
    const started = run('--source', 'simulated:', '--locate', server.address);
    expect(await exitCode(started)).toBe(1);
    expect(messages().at(-1)).toMatch(/The token of the producer is wrong/);
    expect(reports.at(-1)?.state).toBe('failed');
  });
});
