import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../disk.ts';

/** The machine's file system. */
export function nodeDisk(): Disk {
  const disk: Disk = {
    async makeFolder(path) {
      await mkdir(path, { recursive: true });
    },
    async list(path) {
      try {
        return await readdir(path);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    async open(path) {
      return new NodeFile(await open(path, constants.O_RDWR | constants.O_CREAT, 0o640));
    },
    async openDurable(path) {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC;
      return new NodeFile(await open(path, flags, 0o640));
    },
    rename,
    async remove(path) {
      await rm(path, { force: true });
    },
    async readFile(path) {
      try {
        return await readFile(path);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async replaceFile(path, content) {
      const beside = `${path}.new`;
      const handle = await open(beside, 'w', 0o640);
      try {
        await handle.writeFile(content);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(beside, path);
      await disk.syncFolder(dirname(path));
    },
    async syncFolder(path) {
      const handle = await open(path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
  return disk;
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(buffers: readonly Uint8Array[], offset: number): Promise<void> {
    let total = 0;
    for (const buffer of buffers) total += buffer.byteLength;
    const { bytesWritten } = await this.#handle.writev([...buffers], offset);
    if (bytesWritten === total) return;
    // A short write happens at signals and at the end of the disk: write the rest, so that the
    // second call reports the reason.
    const rest = Buffer.concat(buffers).subarray(bytesWritten);
    let done = 0;
    while (done < rest.length) {
      const at = offset + bytesWritten + done;
      done += (await this.#handle.write(rest, done, rest.length - done, at)).bytesWritten;
    }
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    let done = 0;
    while (done < target.byteLength) {
      const { bytesRead } = await this.#handle.read(
        target,
        done,
        target.byteLength - done,
        offset + done,
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async truncate(lengthBytes: number): Promise<void> {
    await this.#handle.truncate(lengthBytes);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
