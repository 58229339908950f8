import { join } from 'node:path';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';
import { type Register, sameRegister } from '@feedmill/core/region/register';
import type { ShardKey } from '@feedmill/core/region/register-message';
import { crc32c } from '@node-rs/crc32';
import type { RegisterStore } from './register-store.ts';
import { parseRegister, registerText } from './register-text.ts';

/**
 * Registers as files, one a shard: a line with the checksum, a line with the register. Each change
 * writes a new file beside, syncs it, renames it and syncs the folder.
 */
export class FileRegisterStore implements RegisterStore {
  readonly #disk: Disk;
  readonly #folder: string;

  private constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  static async open(disk: Disk, folder: string): Promise<FileRegisterStore> {
    await disk.makeFolder(folder);
    return new FileRegisterStore(disk, folder);
  }

  async load(key: ShardKey): Promise<Register | undefined> {
    const path = this.#path(key);
    const content = await this.#disk.readFile(path);
    if (content === undefined) return undefined;
    const [checksum = '', text = ''] = content.toString('utf8').split('\n');
    const register = checksum === checksumOf(text) ? parseRegister(text) : undefined;
    if (register !== undefined) return register;
    throw new FeedmillError(
      'WITNESS_STORE',
      `The register in ${path} is damaged. Leave both regions as they are, remove the file and ` +
        'start the witness with --restored: it goes on from what both regions know.',
    );
  }

  async replace(key: ShardKey, before: Register | undefined, after: Register): Promise<boolean> {
    try {
      if (!sameRegister(await this.load(key), before)) return false;
      const text = registerText(after);
      await this.#disk.replaceFile(this.#path(key), Buffer.from(`${checksumOf(text)}\n${text}\n`));
      return true;
    } catch (error) {
      if (error instanceof FeedmillError) throw error;
      const { message } = FeedmillError.from(error);
      throw new FeedmillError('WITNESS_STORE', `A register cannot be written: ${message}`, {
        cause: error,
      });
    }
  }

  #path({ clusterId, shard }: ShardKey): string {
    return join(this.#folder, `${encodeURIComponent(clusterId)}.${shard}.register`);
  }
}

const checksumOf = (text: string): string =>
  crc32c(Buffer.from(text)).toString(16).padStart(8, '0');
