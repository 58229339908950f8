import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './waiting.ts';

const PROGRAM = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));

/** How a command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `feedmill …` as a user starts it, with its output kept. */
export class FeedmillCommand {
  readonly #child: ChildProcess;
  readonly ended: Promise<CommandEnd>;
  #stdout = '';
  #stderr = '';

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.ended = once(this.#child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What it has said so far, on both streams. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has said this. */
  async says(words: string | RegExp): Promise<void> {
    const heard = (): boolean => this.output.match(words) !== null;
    await until(`feedmill says ${words}`, heard, {
      withinMs: 60_000,
      seen: () => this.output.slice(-2000),
    });
  }
}

/** Runs a command to its end. */
export async function feedmill(...args: readonly string[]): Promise<CommandEnd> {
  return await new FeedmillCommand(...args).ended;
}
