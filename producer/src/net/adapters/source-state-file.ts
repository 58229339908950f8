import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SourceState } from '../source-state.ts';

/**
 * Keeps the state of a source in a file, written beside and renamed over. It is not synced: it
 * outlives the process, and what a power cut takes of it is a second or so.
 */
export class SourceStateFile implements SourceState {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async load(): Promise<string | undefined> {
    try {
      return await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async save(text: string): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    const beside = `${this.#file}.new`;
    await writeFile(beside, text);
    await rename(beside, this.#file);
  }
}
