import type { Chance } from '../kernel/chance.ts';

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

interface DirtyWrite {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The content of a file twice: as its readers see it, and as it would be after a power cut. */
export class SimFile {
  #cached: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  #length = 0;
  #durableLength = 0;
  /** Written and not synced, in order. */
  #dirty: DirtyWrite[] = [];

  get length(): number {
    return this.#length;
  }

  read(target: Uint8Array, offset: number): number {
    const end = Math.min(offset + target.byteLength, this.#length);
    if (end <= offset) return 0;
    target.set(this.#cached.subarray(offset, end));
    return end - offset;
  }

  content(): Buffer {
    return Buffer.from(this.#cached.subarray(0, this.#length));
  }

  /** Whether every byte of a range is zero, as a reader sees it. */
  isBlank(from: number, to: number): boolean {
    return this.#cached.subarray(from, Math.min(to, this.#length)).every((byte) => byte === 0);
  }

  /** What a write leaves in memory; it is durable only once it is synced. */
  write(bytes: Buffer, offset: number): void {
    this.#toCache(bytes, offset);
    this.#dirty.push({ offset, bytes });
  }

  /** A write that is durable when it is done. */
  writeDurably(bytes: Buffer, offset: number): void {
    this.#toCache(bytes, offset);
    this.#toDisk(bytes, offset);
  }

  sync(): void {
    for (const { bytes, offset } of this.#dirty) this.#toDisk(bytes, offset);
    this.#dirty = [];
    this.#durableLength = Math.max(this.#durableLength, this.#length);
    this.#durable = grown(this.#durable, this.#durableLength);
  }

  /** A failed sync: what was dirty counts as clean, and is on no disk. */
  forgetDirty(): void {
    this.#dirty = [];
  }

  truncate(length: number): void {
    this.#cached.fill(0, Math.min(length, this.#length), this.#length);
    this.#cached = grown(this.#cached, length);
    this.#length = length;
    this.#durable = grown(this.#durable, length);
    this.#durable.fill(0, Math.min(length, this.#durableLength), this.#durableLength);
    this.#durableLength = length;
    this.#dirty = this.#dirty.filter(({ offset }) => offset < length);
  }

  /** The power goes: of what is dirty, some sectors have come to the disk. */
  powerCut(chance: Chance): void {
    for (const { bytes, offset } of this.#dirty) {
      for (const sector of sectorsOf(bytes, offset)) {
        if (chance.hit(0.5)) this.#toDisk(sector.bytes, sector.offset);
      }
    }
    this.#dirty = [];
    this.#cached = Buffer.from(this.#durable.subarray(0, this.#durableLength));
    this.#length = this.#durableLength;
  }

  /** A bit is another one, on the disk and for its readers. */
  flipBit(offset: number, bit: number): void {
    for (const copy of [this.#cached, this.#durable]) {
      const byte = copy[offset];
      if (byte !== undefined) copy[offset] = byte ^ (1 << bit);
    }
  }

  copy(): SimFile {
    const copy = new SimFile();
    copy.writeDurably(this.content(), 0);
    return copy;
  }

  #toCache(bytes: Buffer, offset: number): void {
    this.#cached = grown(this.#cached, offset + bytes.length);
    bytes.copy(this.#cached, offset);
    this.#length = Math.max(this.#length, offset + bytes.length);
  }

  #toDisk(bytes: Buffer, offset: number): void {
    this.#durable = grown(this.#durable, offset + bytes.length);
    bytes.copy(this.#durable, offset);
    this.#durableLength = Math.max(this.#durableLength, offset + bytes.length);
  }
}

/** The parts of a write that are written whole. */
export function sectorsOf(bytes: Buffer, offset: number): DirtyWrite[] {
  const sectors: DirtyWrite[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES - ((offset + at) % SECTOR_BYTES));
    sectors.push({ offset: offset + at, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return sectors;
}

function grown(buffer: Buffer, length: number): Buffer {
  if (length <= buffer.length) return buffer;
  const larger = Buffer.alloc(Math.max(length, buffer.length * 2));
  buffer.copy(larger);
  return larger;
}
