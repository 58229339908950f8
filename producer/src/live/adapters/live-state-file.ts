import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  decodeLiveState,
  encodeLiveState,
  type LiveState,
  type LiveStateStore,
} from '../live-state.ts';

/**
 * Keeps the state of a live feed in a file, written beside and renamed over. It is not synced: what
 * a power cut takes is at most a second of it, and numbers that are behind do no harm.
 */
export class LiveStateFile implements LiveStateStore {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async load(): Promise<LiveState | undefined> {
    try {
      return decodeLiveState(await readFile(this.#file, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async save(state: LiveState): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    const beside = `${this.#file}.new`;
    await writeFile(beside, encodeLiveState(state));
    await rename(beside, this.#file);
  }
}
