import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const COMPILE_CACHE_FOLDER = fileURLToPath(
  new URL('../../node_modules/.cache/feedmill-compile', import.meta.url),
);

export interface ChildSpec {
  /** For messages and for the log's name. */
  readonly name: string;
  /** Path of the program's main file. */
  readonly program: string;
  readonly args: readonly string[];
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  readonly logFile: string;
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One line of a child's log. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly code?: string;
  readonly resumeAfter?: number;
}

/** A Node process of ours with a log file, told what it says over the IPC channel. */
export class Child {
  readonly name: string;
  readonly logFile: string;
  readonly ended: Promise<ChildEnd>;
  readonly #child: ChildProcess;
  readonly #logStart: number;
  readonly #listeners: ((message: unknown) => void)[] = [];
  #end: ChildEnd | undefined;

  constructor({ name, program, args, nodeFlags = [], logFile, env }: ChildSpec) {
    this.name = name;
    this.logFile = logFile;
    const log = openSync(logFile, 'a');
    this.#logStart = statSync(logFile).size;
    this.#child = spawn(process.execPath, [...nodeFlags, program, ...args], {
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE_FOLDER, ...env },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      const settle = (end: ChildEnd): void => {
        this.#end = end;
        resolve(end);
      };
      this.#child.once('exit', (code, signal) => settle({ code, signal }));
      this.#child.once('error', () => settle({ code: null, signal: null }));
    });
    this.#child.on('message', (message) => {
      for (const listener of this.#listeners) listener(message);
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Undefined while it runs. */
  get end(): ChildEnd | undefined {
    return this.#end;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listeners.push(listener);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#end === undefined) this.#child.kill(signal);
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** What it logged since this start of it. */
  logLines(): LogLine[] {
    return this.logText()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  logText(): string {
    return readFileSync(this.logFile).subarray(this.#logStart).toString('utf8');
  }

  /** Its worst line, for messages. */
  lastWords(): string {
    const lines = this.logLines();
    const worst = Math.max(...lines.map(({ level }) => level));
    return lines.findLast(({ level }) => level === worst)?.msg ?? this.logText().slice(-500);
  }
}
