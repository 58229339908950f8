import { join } from 'node:path';
import { asPosition, type Position } from '@feedmill/core/brand';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';
import { crc32c } from '@node-rs/crc32';

/** State of one producer's processors after a position. */
export interface ProducerCheckpoint {
  readonly producerId: bigint;
  readonly name: string;
  readonly incarnation: bigint;
  readonly lastSequence: number;
  readonly state: Uint8Array;
}

/** What the processors of a shard know after `position`. */
export interface Checkpoint {
  readonly position: Position;
  /** Of what holds for all producers; empty for a shard without a past. */
  readonly shardState: Uint8Array;
  readonly producers: readonly ProducerCheckpoint[];
}

const NAME = 'checkpoint';
const MAGIC = 0x314b_4346;
const FORMAT_VERSION = 2;
const HEADER_BYTES = 28;

/**
 * The newest checkpoint on the shard's volume. It only makes the start fast: a missing or damaged
 * one is rebuilt from the copy in Postgres and the journal.
 */
export class CheckpointFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #shard: number;

  constructor(disk: Disk, folder: string, shard: number) {
    this.#disk = disk;
    this.#path = join(folder, NAME);
    this.#shard = shard;
  }

  /** The stored checkpoint, or why there is none that can be used. */
  async load(): Promise<Checkpoint | { readonly unusable: string }> {
    let bytes: Buffer | undefined;
    try {
      bytes = await this.#disk.readFile(this.#path);
    } catch (error) {
      return { unusable: `it cannot be read (${FeedmillError.from(error).message})` };
    }
    if (bytes === undefined) return { unusable: 'there is none' };
    if (bytes.length < HEADER_BYTES) return { unusable: 'it is cut off' };
    if (bytes.readUInt32LE(0) !== MAGIC) return { unusable: 'it is not a checkpoint' };
    if (bytes.readUInt32LE(4) !== FORMAT_VERSION) return { unusable: 'its format is another one' };
    if (crc32c(bytes.subarray(12)) !== bytes.readUInt32LE(8)) {
      return { unusable: 'its checksum does not fit' };
    }
    if (bytes.readUInt32LE(12) !== this.#shard) return { unusable: 'it is of another shard' };
    const position = asPosition(Number(bytes.readBigUInt64LE(16)));
    const producers: ProducerCheckpoint[] = [];
    let at = HEADER_BYTES + bytes.readUInt32LE(24);
    const shardState = bytes.subarray(HEADER_BYTES, at);
    while (at < bytes.length) {
      const nameBytes = bytes.readUInt32LE(at);
      const stateBytes = bytes.readUInt32LE(at + 4);
      const nameStart = at + 32;
      const stateStart = nameStart + nameBytes;
      producers.push({
        producerId: bytes.readBigInt64LE(at + 8),
        incarnation: bytes.readBigUInt64LE(at + 16),
        lastSequence: Number(bytes.readBigUInt64LE(at + 24)),
        name: bytes.toString('utf8', nameStart, stateStart),
        state: bytes.subarray(stateStart, stateStart + stateBytes),
      });
      at = stateStart + stateBytes;
    }
    return { position, shardState, producers };
  }

  /**
   * Saves it, or removes what is stored where the volume has no room: the copy in Postgres has to
   * do, and an older one here would lie before what the journal still holds.
   *
   * @returns why it could not be saved
   * @throws FeedmillError JOURNAL_IO when nothing can be removed either
   */
  async saveOrDiscard(checkpoint: Checkpoint): Promise<string | undefined> {
    try {
      await this.save(checkpoint);
      return undefined;
    } catch (error) {
      await this.#discard();
      return FeedmillError.from(error).message;
    }
  }

  async #discard(): Promise<void> {
    try {
      await this.#disk.remove(this.#path);
    } catch (error) {
      const { message } = FeedmillError.from(error);
      throw new FeedmillError(
        'JOURNAL_IO',
        `${this.#path} can neither be written nor removed (${message}). Check the volume, and ` +
          'start this worker again.',
        { cause: error },
      );
    }
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const parts: Buffer[] = [];
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(FORMAT_VERSION, 4);
    header.writeUInt32LE(this.#shard, 12);
    header.writeBigUInt64LE(BigInt(checkpoint.position), 16);
    header.writeUInt32LE(checkpoint.shardState.length, 24);
    parts.push(header, Buffer.from(checkpoint.shardState));
    for (const producer of checkpoint.producers) {
      const name = Buffer.from(producer.name);
      const lengths = Buffer.alloc(32);
      lengths.writeUInt32LE(name.length, 0);
      lengths.writeUInt32LE(producer.state.length, 4);
      lengths.writeBigInt64LE(producer.producerId, 8);
      lengths.writeBigUInt64LE(producer.incarnation, 16);
      lengths.writeBigUInt64LE(BigInt(producer.lastSequence), 24);
      parts.push(lengths, name, Buffer.from(producer.state));
    }
    const bytes = Buffer.concat(parts);
    bytes.writeUInt32LE(crc32c(bytes.subarray(12)), 8);
    await this.#disk.replaceFile(this.#path, bytes);
  }
}
