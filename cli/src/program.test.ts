import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { seededRandom } from '@feedmill/core/random';
import { listSources } from '@feedmill/producer/registry';
import { expect, test } from 'vitest';
import type { CommandContext } from './command-context.ts';
import { reportFailure } from './failure.ts';
import { makeProgram } from './program.ts';

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a command line as main does, with the output kept. */
async function run(...argv: string[]): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const streamInto = (take: (text: string) => void): NodeJS.WriteStream => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => take(chunk.toString()));
    return stream as unknown as NodeJS.WriteStream;
  };
  const context: CommandContext = {
    clock: systemClock(),
    random: seededRandom(1),
    env: {},
    stdout: streamInto((text) => (stdout += text)),
    stderr: streamInto((text) => (stderr += text)),
    signals: new EventEmitter(),
    sinceStartMs: () => 0,
    setExitCode: () => undefined,
    exit: () => {
      throw new Error('no command under test exits by itself');
    },
  };
  try {
    await makeProgram(context).parseAsync(argv, { from: 'user' });
    return { stdout, stderr, code: 0 };
  } catch (error) {
    const code = reportFailure(error, {
      isJson: argv.includes('--json'),
      stdout: (text) => (stdout += text),
      stderr: (text) => (stderr += text),
    });
    return { stdout, stderr, code };
  }
}

const commands = ['up', 'run', 'status', 'sql', 'verify', 'down', 'sources', 'completion'];

test.each(commands)('`%s --help` says what it does and gives examples', async (command) => {
  const { stdout, stderr, code } = await run(command, '--help');
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toMatch(new RegExp(`^Usage: feedmill ${command} `));
  expect(stdout).toContain('Examples:\n');
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});

test.each([
  [['upp'], "unknown command 'upp' (did you mean up?)"],
  [['up', '--shard', '3'], "unknown option '--shard' (did you mean --shards?)"],
  [['up', '--shards', '0'], 'must be a whole number from 1 to 64'],
  [['up', '--shards', '2.5'], 'must be a whole number from 1 to 64'],
  [['up', 'now'], "too many arguments for 'up'"],
  [['run'], "required option '--source <spec>' not specified"],
  [['run', '--source', 'simulated:m'], 'give it a number of events (?events=N)'],
  [['run', '--source', 'push:desk'], 'use `feedmill up`'],
  [['run', '--source', 'simulated:m?events=5', '--speed', '-1'], 'must be a number from 0 up'],
  [['up', '--source', 'kapture:x'], "'kapture' is not a kind of source"],
  [['up', '--source', 'push:a', '--source', 'push:a'], "already feeds the producer 'a'"],
  [['up', '--source', 'capture:gemini-csv:/no/gemini__a-b__x.csv'], 'does not exist'],
  [['up', '--postgres', 'mysql://me:secret@db/x'], 'is not a connection URL'],
  [['sql', ' '], 'The statement is empty'],
  [['completion', 'csh'], 'Allowed choices are bash, zsh, fish'],
])('`%s` is a usage fault that says what is wrong', async (argv, sentence) => {
  const { stdout, stderr, code } = await run(...argv);
  expect(code).toBe(2);
  expect(stderr).toContain(sentence);
  expect(stderr).toMatch(/^feedmill: [^\n]*\.\n$/);
  expect(stderr).not.toContain('secret');
  expect(stdout).toBe('');
});

test('with --json a fault is one document on stdout, and still a sentence on stderr', async () => {
  const { stdout, stderr, code } = await run('run', '--json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'USAGE', message: stderr.replace(/^feedmill: /, '').trim() },
  });
});

test.each(['status', 'verify', 'down'])(
  '`%s` in a folder that is not there says so',
  async (command) => {
    const { stderr, code } = await run(command, '--dir', '/no/such/folder');
    expect(code).toBe(1);
    expect(stderr).toMatch(/\/no\/such\/folder.*--dir/);
  },
);

test('the kinds of sources are listed with a SPEC for each, also as one document', async () => {
  const { stdout } = await run('sources');
  expect(stdout).toContain("--source 'simulated:");
  const document = JSON.parse((await run('sources', '--json')).stdout) as {
    sources: { kind: string; format?: string }[];
  };
  const listed = listSources().map(({ kind, format }) => format ?? kind);
  expect(document.sources.map(({ kind, format }) => format ?? kind)).toEqual(listed);
});

test('the version is printed', async () => {
  expect(await run('--version')).toEqual({ stdout: '0.1.0\n', stderr: '', code: 0 });
});
