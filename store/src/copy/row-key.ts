import type { Buffer } from 'node:buffer';
import type { CopyBuffer } from './copy-buffer.ts';

/** Which event a row belongs to, read back from its bytes. */
export interface RowKey {
  readonly instrumentId: bigint;
  readonly producerId: bigint;
  readonly producerSequence: number;
  readonly tsInit: bigint;
}

/** Rows of one event: `from` up to and without `to`. */
export interface EventRows {
  readonly from: number;
  readonly to: number;
}

/** Every row starts with six int8 fields: two bytes of field count, then length and value each. */
const fieldAt = (index: number): number => 2 + index * 12 + 4;
const INSTRUMENT_ID_AT = fieldAt(0);
const PRODUCER_ID_AT = fieldAt(2);
const PRODUCER_SEQUENCE_AT = fieldAt(3);
const TS_INIT_AT = fieldAt(5);

export function rowKeyOf(row: Buffer): RowKey {
  return {
    instrumentId: row.readBigInt64BE(INSTRUMENT_ID_AT),
    producerId: row.readBigInt64BE(PRODUCER_ID_AT),
    producerSequence: Number(row.readBigInt64BE(PRODUCER_SEQUENCE_AT)),
    tsInit: row.readBigInt64BE(TS_INIT_AT),
  };
}

/** The rows of a buffer by event: the changes of one book delta stand or fall together. */
export function groupByEvent(copy: CopyBuffer): EventRows[] {
  const groups: EventRows[] = [];
  let from = 0;
  for (let row = 1; row <= copy.rowCount; row += 1) {
    if (row < copy.rowCount && isSameEvent(copy.row(row - 1), copy.row(row))) continue;
    groups.push({ from, to: row });
    from = row;
  }
  return groups;
}

const isSameEvent = (a: Buffer, b: Buffer): boolean =>
  a.compare(
    b,
    PRODUCER_ID_AT,
    PRODUCER_SEQUENCE_AT + 8,
    PRODUCER_ID_AT,
    PRODUCER_SEQUENCE_AT + 8,
  ) === 0;
