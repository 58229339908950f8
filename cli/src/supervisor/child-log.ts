import { copyFile, type FileHandle, open, stat, truncate } from 'node:fs/promises';
import { LIMITS } from '../limits.ts';

const PINO_INFO = 30;
const PINO_WARN = 40;
const PINO_FATAL = 60;

/** A line that a child wrote. */
export interface ChildLogLine {
  /** pino's level: 30 info, 40 warn, 50 error, 60 fatal. */
  readonly level: number;
  readonly text: string;
}

// How Node introduces an exception that nobody caught, in the midst of sources and stacks.
const UNCAUGHT = /^(Uncaught )?\w*Error( \[\w+\])?: /;

/**
 * Opens a child's log for appending. The child writes into the file itself, not through us, so that
 * it can still log its drain when we have been killed.
 */
export async function openChildLog(file: string): Promise<FileHandle> {
  return await open(file, 'a', 0o600);
}

/** Follows the log of a child and hands over what asks for attention. */
export class ChildLogFollower {
  readonly #file: string;
  readonly #onLine: (line: ChildLogLine) => void;
  #offset: number;
  #rest = '';

  private constructor(file: string, offset: number, onLine: (line: ChildLogLine) => void) {
    this.#file = file;
    this.#offset = offset;
    this.#onLine = onLine;
  }

  /** Starts at the end of what is there already. */
  static async open(file: string, onLine: (line: ChildLogLine) => void): Promise<ChildLogFollower> {
    return new ChildLogFollower(file, await sizeOf(file), onLine);
  }

  /** Reads what has come since, and sets the file aside when it has become too large. */
  async poll(): Promise<void> {
    const size = await sizeOf(this.#file);
    if (size < this.#offset) this.#offset = 0;
    // A child that writes without end is read at this pace; the file itself is bounded below.
    const length = Math.min(size - this.#offset, LIMITS.logReadBytes);
    if (length > 0) {
      const lines = (this.#rest + (await read(this.#file, this.#offset, length))).split('\n');
      this.#offset += length;
      this.#rest = (lines.pop() ?? '').slice(-LIMITS.logReadBytes);
      for (const line of lines) {
        const parsed = parseLine(line);
        if (parsed === undefined || parsed.level < PINO_WARN) continue;
        // Of its end the child's keeper tells, with these words.
        if (parsed.level < PINO_FATAL) this.#onLine(parsed);
      }
    }
    if (size > LIMITS.childLogBytesMax) {
      // The child keeps the file open, in append mode: copied and cut, it goes on at the start.
      await copyFile(this.#file, `${this.#file}.1`);
      await truncate(this.#file, 0);
      this.#offset = 0;
    }
  }
}

/** The last error that a child logged after byte `start`, or else its last line. */
export async function lastWords(file: string, start: number): Promise<string | undefined> {
  const size = await sizeOf(file);
  const from = Math.max(start > size ? 0 : start, size - LIMITS.logReadBytes);
  if (size <= from) return undefined;
  const lines = (await read(file, from, size - from))
    .split('\n')
    .map(parseLine)
    .filter((line) => line !== undefined);
  const worst = Math.max(...lines.map((line) => line.level));
  return lines.findLast((line) => line.level === worst)?.text;
}

function parseLine(line: string): ChildLogLine | undefined {
  if (line.trim() === '') return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level?: unknown;
      msg?: unknown;
      err?: { message?: unknown };
    };
    const text = typeof msg === 'string' && msg !== '' ? msg : err?.message;
    if (typeof level === 'number' && typeof text === 'string') return { level, text };
  } catch {
    // Not pino's: Node's own words about a fault, say.
  }
  return { level: UNCAUGHT.test(line) ? PINO_FATAL : PINO_INFO, text: line };
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

async function read(file: string, offset: number, length: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
