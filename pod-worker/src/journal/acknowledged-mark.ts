import { join } from 'node:path';
import { asPosition, type Position } from '@feedmill/core/brand';
import type { Disk, DiskFile } from '@feedmill/core/disk';
import { crc32c } from '@node-rs/crc32';

const NAME = 'acknowledged';
const RECORD_BYTES = 16;

/**
 * The highest position that was ever acknowledged, overwritten in place before each round of acks
 * and not synced: it survives the death of the process, and a power cut as far as the kernel got.
 * Recovery uses it to tell a torn tail that nobody was promised from damage to what somebody was.
 */
export class AcknowledgedMark {
  readonly #file: DiskFile;
  #position: Position;

  private constructor(file: DiskFile, position: Position) {
    this.#file = file;
    this.#position = position;
  }

  static async open(disk: Disk, folder: string): Promise<AcknowledgedMark> {
    const file = await disk.open(join(folder, NAME));
    const position = await AcknowledgedMark.read(file);
    // Its room is taken now: later, a full volume must not stand in the way of a promise.
    if ((await file.sizeBytes()) < RECORD_BYTES) await file.write([Buffer.alloc(RECORD_BYTES)], 0);
    return new AcknowledgedMark(file, position);
  }

  /** The position in a mark's file; 0 where there is none, or none that can be read. */
  static async read(file: DiskFile): Promise<Position> {
    const record = Buffer.alloc(RECORD_BYTES);
    const length = await file.read(record, 0);
    const intact = length === RECORD_BYTES && crc32c(record.subarray(4)) === record.readUInt32LE(0);
    return asPosition(intact ? Number(record.readBigUInt64LE(8)) : 0);
  }

  get position(): Position {
    return this.#position;
  }

  /** The position that the file has now, which another process may have raised. */
  async readAgain(): Promise<Position> {
    this.#position = asPosition(Math.max(this.#position, await AcknowledgedMark.read(this.#file)));
    return this.#position;
  }

  async raise(position: Position): Promise<void> {
    if (position > this.#position) await this.#write(position);
  }

  /** Takes back what is promised behind `position`: another region has replaced it. */
  async lower(position: Position): Promise<void> {
    if (position >= this.#position) return;
    await this.#write(position);
    await this.#file.sync();
  }

  async #write(position: Position): Promise<void> {
    const record = Buffer.alloc(RECORD_BYTES);
    record.writeBigUInt64LE(BigInt(position), 8);
    record.writeUInt32LE(crc32c(record.subarray(4)), 0);
    await this.#file.write([record], 0);
    this.#position = position;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
