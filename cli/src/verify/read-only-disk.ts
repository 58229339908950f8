import { type FileHandle, open } from 'node:fs/promises';
import type { DiskFile } from '@feedmill/core/disk';

/** A file of a journal that is only looked at: writing to it is our own mistake. */
export class ReadOnlyFile implements DiskFile {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(path: string): Promise<ReadOnlyFile> {
    return new ReadOnlyFile(await open(path, 'r'));
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    let done = 0;
    while (done < target.byteLength) {
      const left = target.byteLength - done;
      const { bytesRead } = await this.#handle.read(target, done, left, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  write(): Promise<never> {
    return readOnly();
  }

  sync(): Promise<never> {
    return readOnly();
  }

  truncate(): Promise<never> {
    return readOnly();
  }
}

async function readOnly(): Promise<never> {
  throw new TypeError('a journal that is verified is not written');
}
