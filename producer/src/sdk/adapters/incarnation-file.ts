import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { IncarnationSource } from '../incarnation.ts';

const NANOS_PER_MS = 1_000_000n;

/**
 * Keeps the incarnation in a file of its own: written beside, synced and renamed over, so that a
 * crash leaves the old number or the new one. It is at least the wall clock's milliseconds, so that
 * a producer whose file was lost with its disk is not taken for an older one.
 */
export class IncarnationFile implements IncarnationSource {
  readonly #file: string;
  readonly #clock: Clock;

  /** @param file path; its folder is made when it is missing */
  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  async next(): Promise<number> {
    const wallMs = Number(this.#clock.wallNanos() / NANOS_PER_MS);
    const incarnation = Math.max((await this.#read()) + 1, wallMs);
    try {
      await this.#write(incarnation);
    } catch (error) {
      throw new FeedmillError(
        'CONFIG_INVALID',
        `The incarnation file ${this.#file} cannot be written (${reasonOf(error)}). Give the ` +
          'producer a folder that it may write to.',
        { cause: error },
      );
    }
    return incarnation;
  }

  /** The number of the start before; 0 when there was none. */
  async #read(): Promise<number> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
      throw new FeedmillError(
        'CONFIG_INVALID',
        `The incarnation file ${this.#file} cannot be read (${reasonOf(error)}).`,
        { cause: error },
      );
    }
    const incarnation = /^\d+\n?$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(incarnation)) return incarnation;
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The incarnation file ${this.#file} holds ${JSON.stringify(text.slice(0, 40))}, not a ` +
        'whole number. Remove it; the number then starts from the clock.',
    );
  }

  async #write(incarnation: number): Promise<void> {
    const folder = path.dirname(this.#file);
    await mkdir(folder, { recursive: true });
    const beside = `${this.#file}.new`;
    const handle = await open(beside, 'w');
    try {
      await handle.writeFile(`${incarnation}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, this.#file);
    // The new name is as durable as the number only once the folder is synced.
    const folderHandle = await open(folder, 'r');
    try {
      await folderHandle.sync();
    } finally {
      await folderHandle.close();
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
