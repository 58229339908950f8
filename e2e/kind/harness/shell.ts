import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ShellEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShellOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  readonly withinMs?: number;
}

const WITHIN_MS_DEFAULT = 120_000;
const SHOWN_MAX = 4_000;

/** Runs a program to its end, whatever that is. */
export async function run(
  program: string,
  args: readonly string[],
  { env = process.env, cwd, input = '', withinMs = WITHIN_MS_DEFAULT }: ShellOptions = {},
): Promise<ShellEnd> {
  const child = spawn(program, args, {
    env,
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: withinMs,
    killSignal: 'SIGKILL',
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8');
    child[stream].on('data', (text: string) => {
      said[stream] += text;
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, ...said };
}

/** @throws an error with what the program said, where it fails */
export async function must(
  program: string,
  args: readonly string[],
  options: ShellOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code === 0) return stdout;
  const said = `${stdout}\n${stderr}`.slice(-SHOWN_MAX);
  throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${said}`);
}
