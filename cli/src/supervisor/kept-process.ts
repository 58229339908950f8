import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { type Clock, sleep } from '@feedmill/core/clock';
import { MEMORY_ENVIRONMENT } from '@feedmill/core/memory-environment';
import type { Random } from '@feedmill/core/random';
import { COMPILE_CACHE_FOLDER } from '../compile-cache.ts';
import { lastWords, openChildLog } from './child-log.ts';
import { RestartDelay } from './restart-delay.ts';

/** What to run. */
export interface ProcessSpec {
  /** For messages: `worker 0`, `source market`. */
  readonly name: string;
  readonly script: string;
  /** Asked at every start, since a port may have been taken meanwhile. */
  readonly args: () => Promise<readonly string[]>;
  readonly logFile: string;
}

/** How a child ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said last, from its log. */
  readonly words: string | undefined;
  readonly livedMs: number;
}

export interface ProcessHooks {
  onStart(pid: number): void;
  onMessage(message: unknown): void;
  /** Says whether it is started again; not asked once it is told to stop. */
  onEnd(end: ProcessEnd): 'restart' | 'leave';
  /** It will be started again after this delay. */
  onRestart?(end: ProcessEnd, delayMs: number): void;
}

/**
 * A child process that is started again when it ends by itself. It has a session of its own, so
 * that Ctrl-C on the terminal reaches only us and we can stop things in order; when we are killed
 * it sees its IPC channel close and ends by itself.
 */
export class KeptProcess {
  readonly #spec: ProcessSpec;
  readonly #hooks: ProcessHooks;
  readonly #clock: Clock;
  readonly #delay: RestartDelay;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;

  constructor(spec: ProcessSpec, hooks: ProcessHooks, clock: Clock, random: Random) {
    this.#spec = spec;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#delay = new RestartDelay(random);
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Undefined between two lives. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Tells the child something; one that is just ending does not hear it. */
  send(message: object): void {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  start(): void {
    this.#running = this.#keep();
  }

  /**
   * Sends `signal` and waits for the end, at most `graceMs`; then SIGKILL. Nothing that was
   * acknowledged is lost by that: the journal has it.
   *
   * @returns whether it ended by itself
   */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<boolean> {
    this.#stopping.abort();
    this.#child?.kill(signal);
    const running = this.#running ?? Promise.resolve();
    const waiting = new AbortController();
    const inTime = await Promise.race([
      running.then(() => true),
      sleep(this.#clock, graceMs, waiting.signal).then(() => false),
    ]);
    // A timer left behind would keep our own process alive.
    waiting.abort();
    if (inTime) return true;
    this.kill();
    await running;
    return false;
  }

  /** Ends it at once, and for good. */
  kill(): void {
    this.#stopping.abort();
    this.#child?.kill('SIGKILL');
  }

  async #keep(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const end = await this.#runOnce();
      if (this.#stopping.signal.aborted || this.#hooks.onEnd(end) === 'leave') return;
      const delayMs = this.#delay.next(end.livedMs);
      this.#hooks.onRestart?.(end, delayMs);
      await sleep(this.#clock, delayMs, this.#stopping.signal);
    }
  }

  async #runOnce(): Promise<ProcessEnd> {
    const { script, args, logFile } = this.#spec;
    const argv = await args();
    const log = await openChildLog(logFile);
    const startedMs = this.#clock.monotonicMs();
    try {
      const { size: logStart } = await stat(logFile);
      const child = spawn(process.execPath, [script, ...argv], {
        detached: true,
        env: {
          ...process.env,
          ...MEMORY_ENVIRONMENT,
          NODE_COMPILE_CACHE: COMPILE_CACHE_FOLDER,
        },
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
      });
      this.#child = child;
      child.on('message', (message) => this.#hooks.onMessage(message));
      // Told to stop while it was being started: it must not stay behind.
      if (this.#stopping.signal.aborted) child.kill('SIGTERM');
      const [code, signal] = await ended(child, () => this.#hooks.onStart(child.pid as number));
      const words = await lastWords(logFile, logStart);
      return { code, signal, words, livedMs: this.#clock.monotonicMs() - startedMs };
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      const livedMs = this.#clock.monotonicMs() - startedMs;
      return { code: null, signal: null, words, livedMs };
    } finally {
      this.#child = undefined;
      await log.close();
    }
  }
}

/** @throws the error of a child that could not be started */
async function ended(
  child: ChildProcess,
  onSpawn: () => void,
): Promise<[number | null, NodeJS.Signals | null]> {
  // `once` rejects on 'error', which takes the place of 'exit' where there is no process.
  const exit = once(child, 'exit');
  if (child.pid !== undefined) onSpawn();
  return (await exit) as [number | null, NodeJS.Signals | null];
}

/** `--name value` of each. */
export const flagArguments = (flags: Readonly<Record<string, string>>): string[] =>
  Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);

/** `exit code 1` or `signal SIGKILL`. */
export function endText(end: ProcessEnd): string {
  if (end.signal !== null) return `signal ${end.signal}`;
  return end.code === null ? 'a failed start' : `exit code ${end.code}`;
}
