import path from 'node:path';
import type { Clock } from '@feedmill/core/clock';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';
import type { IncarnationSource } from './incarnation.ts';

const NANOS_PER_MS = 1_000_000n;

/**
 * Keeps the incarnation in a file of its own: written beside, synced and renamed over, so that a
 * crash leaves the old number or the new one. It is at least the wall clock's milliseconds, so that
 * a producer whose file was lost with its disk is not taken for an older one.
 */
export class IncarnationFile implements IncarnationSource {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #disk: Disk;

  /** @param file path; its folder is made when it is missing */
  constructor(file: string, clock: Clock, disk: Disk) {
    this.#file = file;
    this.#clock = clock;
    this.#disk = disk;
  }

  async next(above = 0): Promise<number> {
    const wallMs = Number(this.#clock.wallNanos() / NANOS_PER_MS);
    const incarnation = Math.max((await this.#read()) + 1, wallMs, above + 1);
    try {
      await this.#disk.makeFolder(path.dirname(this.#file));
      await this.#disk.replaceFile(this.#file, Buffer.from(`${incarnation}\n`));
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
    let text: string | undefined;
    try {
      text = (await this.#disk.readFile(this.#file))?.toString('utf8');
    } catch (error) {
      throw new FeedmillError(
        'CONFIG_INVALID',
        `The incarnation file ${this.#file} cannot be read (${reasonOf(error)}).`,
        { cause: error },
      );
    }
    if (text === undefined) return 0;
    const incarnation = /^\d+\n?$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(incarnation)) return incarnation;
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The incarnation file ${this.#file} holds ${JSON.stringify(text.slice(0, 40))}, not a ` +
        'whole number. Remove it; the number then starts from the clock.',
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
