import { dirname, relative } from 'node:path';
import type { Disk, DiskFile } from '@feedmill/core/disk';
import type { SimProcess } from '../kernel/sim-process.ts';
import { SimFile } from './sim-file.ts';
import { diskError, type SimVolume } from './sim-volume.ts';

/** A volume in the hands of one process. */
export class SimDisk implements Disk {
  readonly #program: SimProcess;
  readonly #volume: SimVolume;

  constructor(program: SimProcess, volume: SimVolume) {
    this.#program = program;
    this.#volume = volume;
  }

  async makeFolder(): Promise<void> {
    await this.#do('mkdir', false, () => undefined);
  }

  async list(path: string): Promise<string[]> {
    return await this.#do('list', false, () => {
      const names = new Set<string>();
      for (const [file] of this.#volume.names.entries()) {
        const below = relative(path, file);
        if (!below.startsWith('..')) names.add(below.split('/')[0] as string);
      }
      // A folder has no order of its own.
      return this.#program.chance.shuffled([...names]);
    });
  }

  async open(path: string): Promise<DiskFile> {
    return await this.#open(path, false);
  }

  async openDurable(path: string): Promise<DiskFile> {
    return await this.#open(path, true);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#do('rename', false, () => {
      if (this.#volume.names.find(from) === undefined) throw diskError('ENOENT', from);
      this.#volume.names.rename(from, to);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#do('remove', false, () => this.#volume.names.remove(path));
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    return await this.#do('read', false, () => this.#volume.names.find(path)?.content());
  }

  async replaceFile(path: string, content: Uint8Array): Promise<void> {
    const beside = `${path}.new`;
    await this.remove(beside);
    const file = await this.open(beside);
    await file.write([content], 0);
    await file.sync();
    await file.close();
    await this.rename(beside, path);
    await this.syncFolder(dirname(path));
  }

  async syncFolder(path: string): Promise<void> {
    await this.#do('sync folder', true, () => this.#volume.names.sync(path));
  }

  async #open(path: string, isDurable: boolean): Promise<DiskFile> {
    const file = await this.#do('open', false, () => {
      const { names } = this.#volume;
      const found = names.find(path) ?? new SimFile();
      if (names.find(path) === undefined) names.add(path, found);
      return found;
    });
    return new SimDiskFile(this.#program, this.#volume, path, file, isDurable);
  }

  #do<T>(label: string, isSync: boolean, effect: () => T): Promise<T> {
    return this.#volume.operate(this.#program, label, 0, isSync, effect);
  }
}

class SimDiskFile implements DiskFile {
  readonly #program: SimProcess;
  readonly #volume: SimVolume;
  readonly #path: string;
  readonly #file: SimFile;
  readonly #isDurable: boolean;

  constructor(
    program: SimProcess,
    volume: SimVolume,
    path: string,
    file: SimFile,
    isDurable: boolean,
  ) {
    this.#program = program;
    this.#volume = volume;
    this.#path = path;
    this.#file = file;
    this.#isDurable = isDurable;
  }

  async write(buffers: readonly Uint8Array[], offset: number): Promise<void> {
    const bytes = Buffer.concat(buffers);
    const volume = this.#volume;
    await volume.operate(
      this.#program,
      'write',
      bytes.length,
      this.#isDurable,
      () => volume.write(this.#path, this.#file, bytes, offset, this.#isDurable),
      (_chance, isPowerCut) => volume.tearWrite(this.#file, bytes, offset, isPowerCut),
    );
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    return await this.#volume.operate(this.#program, 'read', target.byteLength, false, () =>
      this.#file.read(target, offset),
    );
  }

  async sync(): Promise<void> {
    await this.#volume.operate(this.#program, 'sync', 0, true, () => this.#volume.sync(this.#file));
  }

  async sizeBytes(): Promise<number> {
    return await this.#volume.operate(this.#program, 'stat', 0, false, () => this.#file.length);
  }

  async truncate(lengthBytes: number): Promise<void> {
    await this.#volume.operate(this.#program, 'truncate', 0, false, () =>
      this.#file.truncate(lengthBytes),
    );
  }

  async close(): Promise<void> {
    await this.#volume.operate(this.#program, 'close', 0, false, () => undefined);
  }
}
