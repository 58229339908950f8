import {
  Field as ArrowField,
  Bool,
  type DataType,
  Decimal,
  Float64,
  Int32,
  Int64,
  List,
  makeBuilder,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampNanosecond,
  tableToIPC,
  Uint64,
  Utf8,
} from 'apache-arrow';
import { type Column, DECIMALS, priceText, type RowSet } from './column.ts';

// Room for any sum: Arrow's 128-bit decimals hold 38 digits.
const DECIMAL_DIGITS = { decimal: 19, sum: 38, notional: 38 } as const;
const DECIMAL_BITS = 128;

function arrowType({ kind }: Column): DataType {
  switch (kind) {
    case 'time':
      return new TimestampNanosecond('UTC');
    case 'decimal':
    case 'sum':
    case 'notional':
      return new Decimal(DECIMALS[kind], DECIMAL_DIGITS[kind], DECIMAL_BITS);
    case 'int64':
      return new Int64();
    case 'uint64':
      return new Uint64();
    case 'int32':
      return new Int32();
    case 'float':
      return new Float64();
    case 'bool':
      return new Bool();
    case 'texts':
      return new List(new ArrowField('item', new Utf8(), false));
    case 'text':
    case 'word':
    case 'json':
      return new Utf8();
  }
}

/** A value as the builder of its type takes it. */
function arrowValue(column: Column, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (column.kind) {
    case 'time':
    case 'int64':
      return BigInt(value as string);
    case 'uint64':
      return BigInt.asUintN(64, BigInt(value as string));
    case 'decimal':
      return priceText(value as string) === null ? null : decimalWords(value as string);
    case 'sum':
    case 'notional':
      return decimalWords(value as string);
    case 'word':
      return value === 0 ? null : (column.words?.[value as number] ?? null);
    case 'json':
      return JSON.stringify(value);
    default:
      return value;
  }
}

/** The 128 bits of a mantissa, in the order in which Arrow keeps them. */
function decimalWords(mantissa: string): Uint32Array {
  const bits = BigInt.asUintN(DECIMAL_BITS, BigInt(mantissa));
  const words = new Uint32Array(4);
  for (let index = 0; index < 4; index += 1) {
    words[index] = Number((bits >> BigInt(32 * index)) & 0xffff_ffffn);
  }
  return words;
}

/** The rows as an Arrow IPC stream of one batch. */
export function arrowStream({ columns, rows }: RowSet): Uint8Array {
  const fields = columns.map(
    (column) =>
      new ArrowField(
        column.name,
        arrowType(column),
        column.isNullable === true || column.kind === 'decimal' || column.kind === 'word',
      ),
  );
  const schema = new Schema(fields);
  const children = columns.map((column, index) => {
    const { type } = fields[index] as ArrowField;
    // The library's builder of such times takes milliseconds; 64-bit integers they are anyway.
    const isTime = column.kind === 'time';
    const builder = makeBuilder({ type: isTime ? new Int64() : type, nullValues: [null] });
    for (const row of rows) builder.append(arrowValue(column, row[index]));
    const data = builder.finish().flush();
    return isTime ? data.clone(type) : data;
  });
  const data = makeData({
    type: new Struct(fields),
    length: rows.length,
    nullCount: 0,
    children,
  });
  return tableToIPC(new Table(schema, new RecordBatch(schema, data)), 'stream');
}
