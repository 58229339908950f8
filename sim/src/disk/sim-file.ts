import type { Chance } from '../kernel/chance.ts';

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

/** A part of a write. */
export interface SectorWrite {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The content of a file twice: as its readers see it, and as it would be after a power cut. */
export class SimFile {
  #cached: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  #length = 0;
  #durableLength = 0;
  /** Sectors that were written and not synced. */
  readonly #dirty = new Set<number>();

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
    for (const sector of sectorNumbers(offset, bytes.length)) this.#dirty.add(sector);
  }

  /** A write that is durable when it is done. */
  writeDurably(bytes: Buffer, offset: number): void {
    this.#toCache(bytes, offset);
    for (const sector of sectorNumbers(offset, bytes.length)) this.#flush(sector);
  }

  sync(): void {
    for (const sector of this.#dirty) this.#flush(sector);
    this.#durableLength = Math.max(this.#durableLength, this.#length);
    this.#durable = grown(this.#durable, this.#durableLength);
  }

  /** A failed sync: what was dirty counts as clean, and is on no disk. */
  forgetDirty(): void {
    this.#dirty.clear();
  }

  truncate(length: number): void {
    this.#cached.fill(0, Math.min(length, this.#length), this.#length);
    this.#cached = grown(this.#cached, length);
    this.#length = length;
    this.#durable = grown(this.#durable, length);
    this.#durable.fill(0, Math.min(length, this.#durableLength), this.#durableLength);
    this.#durableLength = length;
    for (const sector of this.#dirty)
      if (sector * SECTOR_BYTES >= length) this.#dirty.delete(sector);
  }

  /** The power goes: of what is dirty, some sectors have come to the disk. */
  powerCut(chance: Chance): void {
    for (const sector of this.#dirty) if (chance.hit(0.5)) this.#flush(sector);
    this.#dirty.clear();
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

  /** Another file with what readers see of this one, or with what a power cut leaves. */
  copy(view: 'seen' | 'durable'): SimFile {
    const copy = new SimFile();
    const durable = this.#durable.subarray(0, this.#durableLength);
    copy.writeDurably(view === 'seen' ? this.content() : Buffer.from(durable), 0);
    return copy;
  }

  #toCache(bytes: Buffer, offset: number): void {
    this.#cached = grown(this.#cached, offset + bytes.length);
    bytes.copy(this.#cached, offset);
    this.#length = Math.max(this.#length, offset + bytes.length);
  }

  /** Brings a sector to the disk as it is in memory. */
  #flush(sector: number): void {
    this.#dirty.delete(sector);
    const start = sector * SECTOR_BYTES;
    const end = Math.min(start + SECTOR_BYTES, this.#length);
    this.#durable = grown(this.#durable, end);
    this.#cached.copy(this.#durable, start, start, end);
    this.#durableLength = Math.max(this.#durableLength, end);
  }
}

function* sectorNumbers(offset: number, length: number): Generator<number> {
  if (length === 0) return;
  const last = Math.floor((offset + length - 1) / SECTOR_BYTES);
  for (let sector = Math.floor(offset / SECTOR_BYTES); sector <= last; sector += 1) yield sector;
}

/** The parts of a write that are written whole. */
export function sectorsOf(bytes: Buffer, offset: number): SectorWrite[] {
  const sectors: SectorWrite[] = [];
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
