import { hash } from 'node:crypto';
import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import { crc32c } from '@node-rs/crc32';

/** What an entry means to the processors. */
export const EntryKind = {
  /** A producer's batch; the payload is its bytes as they came. */
  BATCH: 1,
  /** A producer was bound to this shard; the payload is its name and the state it brings. */
  ADOPT: 2,
  /** A producer left this shard. */
  RELEASE: 3,
  /** The shard got a new epoch; everything after belongs to it. The payload: settings in force. */
  EPOCH: 4,
  /** Reference data come into force; the payload is a version of one kind. */
  REFERENCE: 5,
  /** Nothing else has come for a while: this says that time has passed. */
  TIME: 6,
  /** Alerts were delivered or given up; the payload says which. */
  ALERTS: 7,
} as const;

export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** One record of the journal. */
export interface JournalEntry {
  readonly kind: EntryKind;
  readonly shard: number;
  readonly epoch: Epoch;
  readonly position: Position;
  /** Highest position that was synced when this entry was written: proof for recovery. */
  readonly durablePosition: Position;
  /** `entryHash` of the entry before; 0 before the first. */
  readonly previousHash: bigint;
  /** stableId of the producer's name; 0 for entries about the shard. */
  readonly producerId: bigint;
  readonly incarnation: bigint;
  /** Sequence of the payload's first event. */
  readonly firstSequence: number;
  readonly eventCount: number;
  /** Leading events of the payload that an earlier entry already holds. */
  readonly skipCount: number;
  /** Wall time of the receiving worker, ns; never falls within a shard. */
  readonly tsInit: bigint;
  readonly payload: Uint8Array;
}

// The layout, little endian. Bump VERSION when it changes; readers refuse what they do not know.
//  0 magic u32 | 4 crc32c u32 (bytes 8 to the end of the payload) | 8 payload length u32
// 12 kind u8 | 13 version u8 | 14 reserved u16 | 16 shard u32 | 20 epoch u32 | 24 position u64
// 32 durable position u64 | 40 previous hash u64 | 48 producer id i64 | 56 incarnation u64
// 64 first sequence u64 | 72 event count u32 | 76 skip count u32 | 80 ts_init i64
const MAGIC = 0x314a_4d46;
const VERSION = 1;
const CRC_FROM = 8;

/** Bytes before the payload. */
export const ENTRY_HEADER_BYTES = 88;

/** Serializes the header of an entry whose payload follows it on disk. */
export function encodeHeader(entry: JournalEntry): Buffer {
  const header = Buffer.allocUnsafe(ENTRY_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(entry.payload.byteLength, 8);
  header.writeUInt8(entry.kind, 12);
  header.writeUInt8(VERSION, 13);
  header.writeUInt16LE(0, 14);
  header.writeUInt32LE(entry.shard, 16);
  header.writeUInt32LE(entry.epoch, 20);
  header.writeBigUInt64LE(BigInt(entry.position), 24);
  header.writeBigUInt64LE(BigInt(entry.durablePosition), 32);
  header.writeBigUInt64LE(entry.previousHash, 40);
  header.writeBigInt64LE(entry.producerId, 48);
  header.writeBigUInt64LE(entry.incarnation, 56);
  header.writeBigUInt64LE(BigInt(entry.firstSequence), 64);
  header.writeUInt32LE(entry.eventCount, 72);
  header.writeUInt32LE(entry.skipCount, 76);
  header.writeBigInt64LE(entry.tsInit, 80);
  const crc = crc32c(entry.payload, crc32c(header.subarray(CRC_FROM)));
  header.writeUInt32LE(crc, 4);
  return header;
}

/** 64 bits that chain an entry to the next; the header's CRC makes it cover the payload. */
export function entryHash(header: Uint8Array): bigint {
  return hash('sha256', header.subarray(0, ENTRY_HEADER_BYTES), 'buffer').readBigUInt64LE(0);
}

/** Why bytes are not an entry. */
export type EntryFault =
  /** Zeros: nothing was ever written here. */
  | 'blank'
  /** No magic number. */
  | 'foreign'
  /** The bytes end before the entry does. */
  | 'short'
  /** The checksum does not fit. */
  | 'damaged'
  /** Written by a version of Feedmill that this one does not know. */
  | 'version';

/** Length of the whole entry that begins at `offset`, or why it cannot be told. */
export function entryLength(bytes: Buffer, offset: number): number | EntryFault {
  if (offset + ENTRY_HEADER_BYTES > bytes.length) {
    return bytes.subarray(offset).every((byte) => byte === 0) ? 'blank' : 'short';
  }
  const magic = bytes.readUInt32LE(offset);
  if (magic === 0) return 'blank';
  if (magic !== MAGIC) return 'foreign';
  return ENTRY_HEADER_BYTES + bytes.readUInt32LE(offset + 8);
}

/** Reads the entry that begins at `offset`; its payload shares the memory of `bytes`. */
export function decodeEntry(bytes: Buffer, offset: number): JournalEntry | EntryFault {
  const length = entryLength(bytes, offset);
  if (typeof length !== 'number') return length;
  if (offset + length > bytes.length) return 'short';
  const entryBytes = bytes.subarray(offset, offset + length);
  if (crc32c(entryBytes.subarray(CRC_FROM)) !== entryBytes.readUInt32LE(4)) return 'damaged';
  if (entryBytes.readUInt8(13) !== VERSION) return 'version';
  return decodeHeader(entryBytes, entryBytes.subarray(ENTRY_HEADER_BYTES));
}

/** Reads a header that is known to be good. */
export function decodeHeader(header: Buffer, payload: Uint8Array): JournalEntry {
  return {
    kind: header.readUInt8(12) as EntryKind,
    shard: header.readUInt32LE(16),
    epoch: asEpoch(header.readUInt32LE(20)),
    position: asPosition(Number(header.readBigUInt64LE(24))),
    durablePosition: asPosition(Number(header.readBigUInt64LE(32))),
    previousHash: header.readBigUInt64LE(40),
    producerId: header.readBigInt64LE(48),
    incarnation: header.readBigUInt64LE(56),
    firstSequence: Number(header.readBigUInt64LE(64)),
    eventCount: header.readUInt32LE(72),
    skipCount: header.readUInt32LE(76),
    tsInit: header.readBigInt64LE(80),
    payload,
  };
}
