import { dirname } from 'node:path';
import type { Chance } from '../kernel/chance.ts';
import type { SimFile } from './sim-file.ts';

interface NameChange {
  readonly folder: string;
  apply(names: Map<string, SimFile>): void;
}

/**
 * The names of a volume's files, as its readers see them, and the changes that a power cut may
 * take back. Changes reach the disk in their order.
 */
export class VolumeNames {
  #now = new Map<string, SimFile>();
  readonly #durable = new Map<string, SimFile>();
  #pending: NameChange[] = [];

  find(path: string): SimFile | undefined {
    return this.#now.get(path);
  }

  entries(): IterableIterator<[string, SimFile]> {
    return this.#now.entries();
  }

  /** The names that a power cut would leave for sure. */
  durableEntries(): IterableIterator<[string, SimFile]> {
    return this.#durable.entries();
  }

  add(path: string, file: SimFile): void {
    this.#change(path, (names) => void names.set(path, file));
  }

  remove(path: string): void {
    this.#change(path, (names) => void names.delete(path));
  }

  rename(from: string, to: string): void {
    this.#change(to, (names) => {
      const file = names.get(from);
      if (file === undefined) return;
      names.delete(from);
      names.set(to, file);
    });
  }

  /** Everything up to the last change in this folder is on the disk. */
  sync(folder: string): void {
    const last = this.#pending.findLastIndex((change) => change.folder === folder);
    for (const change of this.#pending.splice(0, last + 1)) change.apply(this.#durable);
  }

  syncAll(): void {
    for (const change of this.#pending.splice(0)) change.apply(this.#durable);
  }

  powerCut(chance: Chance): void {
    const kept = chance.int(0, this.#pending.length);
    for (const change of this.#pending.slice(0, kept)) change.apply(this.#durable);
    this.#pending = [];
    this.#now = new Map(this.#durable);
  }

  #change(path: string, apply: NameChange['apply']): void {
    apply(this.#now);
    this.#pending.push({ folder: dirname(path), apply });
  }
}
