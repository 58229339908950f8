import { join } from 'node:path';
import { create, fromJson, toJson } from '@bufbuild/protobuf';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';
import {
  type SetBindingsRequest,
  SetBindingsRequestSchema,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { volumeFault } from '../volume-fault.ts';

const NAME = 'bindings.json';

/**
 * The newest bindings, kept on the worker's volume, so that it starts and serves without operator.
 */
export class BindingsFile {
  readonly #disk: Disk;
  readonly #path: string;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#path = join(folder, NAME);
  }

  /** The stored bindings; generation 0 where there are none yet. */
  async load(): Promise<SetBindingsRequest> {
    const content = await this.#read();
    if (content === undefined) return create(SetBindingsRequestSchema);
    try {
      return fromJson(SetBindingsRequestSchema, JSON.parse(content.toString('utf8')));
    } catch (error) {
      throw new FeedmillError(
        'CONFIG_INVALID',
        `${this.#path} cannot be read (${FeedmillError.from(error).message}). Remove the file: ` +
          'the operator or supervisor hands the bindings over again.',
        { cause: error },
      );
    }
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      return await this.#disk.readFile(this.#path);
    } catch (error) {
      throw volumeFault(this.#path, 'read', error);
    }
  }

  async save(bindings: SetBindingsRequest): Promise<void> {
    const text = JSON.stringify(toJson(SetBindingsRequestSchema, bindings), undefined, 2);
    await this.#disk.replaceFile(this.#path, Buffer.from(`${text}\n`));
  }
}
