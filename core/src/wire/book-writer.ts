import type { BookDeltaBody, BookLevelBody, BookSnapshotBody } from '../event.ts';
import { WireType } from './wire-format.ts';
import type { WireWriter } from './wire-writer.ts';

const CHANGES = (1 << 3) | WireType.BYTES;
const CHECKSUM = (2 << 3) | WireType.VARINT;
const CHANGE_ACTION = (1 << 3) | WireType.VARINT;
const CHANGE_SIDE = (2 << 3) | WireType.VARINT;
const CHANGE_PRICE = (3 << 3) | WireType.FIXED64;
const CHANGE_SIZE = (4 << 3) | WireType.FIXED64;
const CHANGE_ORDER_ID = (5 << 3) | WireType.FIXED64;
const CHANGE_DEPTH = (6 << 3) | WireType.VARINT;
const BIDS = (1 << 3) | WireType.BYTES;
const ASKS = (2 << 3) | WireType.BYTES;
const AS_OF_SEQUENCE = (3 << 3) | WireType.FIXED64;
const LEVEL_PRICE = (1 << 3) | WireType.FIXED64;
const LEVEL_SIZE = (2 << 3) | WireType.FIXED64;
const LEVEL_COUNT = (3 << 3) | WireType.VARINT;

// Three fixed64 fields, three varints, tag and length.
const ENTRY_BYTES_MAX = 64;

/** Writes a BookDelta as the field `tag`. */
export function writeBookDelta(wire: WireWriter, tag: number, delta: BookDeltaBody): void {
  const mark = wire.beginMessage(tag);
  for (const change of delta.changes) {
    wire.reserve(ENTRY_BYTES_MAX);
    const entry = wire.beginMessage(CHANGES);
    wire.varintField(CHANGE_ACTION, change.action);
    wire.varintField(CHANGE_SIDE, change.side);
    wire.fixed64Field(CHANGE_PRICE, change.price);
    wire.fixed64Field(CHANGE_SIZE, change.size);
    if (change.orderId !== undefined) wire.fixed64Field(CHANGE_ORDER_ID, change.orderId);
    wire.varintField(CHANGE_DEPTH, change.depth);
    wire.endMessage(entry);
  }
  if (delta.checksum !== undefined) {
    wire.reserve(ENTRY_BYTES_MAX);
    wire.byte(CHECKSUM);
    writeZigzag64(wire, delta.checksum);
  }
  wire.endMessage(mark);
}

/** Writes a BookSnapshot as the field `tag`. */
export function writeBookSnapshot(wire: WireWriter, tag: number, snapshot: BookSnapshotBody): void {
  const mark = wire.beginMessage(tag);
  writeLevels(wire, BIDS, snapshot.bids);
  writeLevels(wire, ASKS, snapshot.asks);
  wire.reserve(ENTRY_BYTES_MAX);
  wire.fixed64Field(AS_OF_SEQUENCE, snapshot.asOfSequence);
  wire.endMessage(mark);
}

function writeLevels(wire: WireWriter, tag: number, levels: readonly BookLevelBody[]): void {
  for (const level of levels) {
    wire.reserve(ENTRY_BYTES_MAX);
    const entry = wire.beginMessage(tag);
    wire.fixed64Field(LEVEL_PRICE, level.price);
    wire.fixed64Field(LEVEL_SIZE, level.size);
    wire.varintField(LEVEL_COUNT, level.count);
    wire.endMessage(entry);
  }
}

function writeZigzag64(wire: WireWriter, value: bigint): void {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (rest > 0x7fn) {
    wire.byte(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  wire.byte(Number(rest));
}
