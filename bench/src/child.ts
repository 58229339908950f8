import { type ChildProcess, fork } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { MEMORY_ENVIRONMENT } from '@feedmill/core/memory-environment';

const require = createRequire(import.meta.url);

/** A process of the product under measurement. */
export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** The newest message that it sent to us. */
  lastMessage: Record<string, unknown> | undefined;
  readonly #ended: Promise<number | null>;
  #waiters: ((message: Record<string, unknown>) => void)[] = [];

  /**
   * @param module its main file as a package path, e.g. `@feedmill/pod-worker/main`
   * @param logFile where its log goes
   */
  constructor(name: string, module: string, args: readonly string[], logFile: string) {
    this.name = name;
    const log = openSync(logFile, 'a');
    this.process = fork(require.resolve(module), [...args], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...MEMORY_ENVIRONMENT },
    });
    this.#ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.on('message', (message) => {
      this.lastMessage = message as Record<string, unknown>;
      for (const waiter of this.#waiters.splice(0)) waiter(this.lastMessage);
    });
  }

  /** Resolves with the first message that fits; rejects when the process ends before. */
  async message(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      if (this.lastMessage?.['type'] === type) return this.lastMessage;
      await Promise.race([
        new Promise((resolve) => this.#waiters.push(resolve)),
        this.#ended.then((code) => {
          throw new Error(`${this.name} ended with code ${code} before it said '${type}'`);
        }),
      ]);
    }
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    await this.#ended;
  }

  /** Highest resident memory so far, bytes. */
  async peakBytes(): Promise<number> {
    return peakBytes(this.process.pid ?? 0);
  }

  /** CPU time used so far, seconds. */
  async cpuSeconds(): Promise<number> {
    return cpuSeconds(this.process.pid ?? 0);
  }
}

/** VmHWM of a process, bytes; 0 where the system does not tell. */
export async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

const TICKS_PER_SECOND = 100;

/** User and system time of a process, seconds; 0 where the system does not tell. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}
