import { PgServerError } from './pg-server-error.ts';
import type { Column, ColumnType } from './schema.ts';

/** A value of a row: int8 and numeric are bigint, smaller integers are numbers. */
export type SqlValue = bigint | number | string | boolean | Buffer | readonly string[] | null;

export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A parameter as it comes from a program. */
export type Parameter =
  | string
  | number
  | bigint
  | boolean
  | Buffer
  | Uint8Array
  | null
  | undefined
  | readonly (string | bigint | number)[];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A field in the binary form of COPY. */
export function binaryValue(column: Column, field: Buffer | undefined): SqlValue {
  if (field === undefined) {
    if (column.isNullable) return null;
    throw new PgServerError('23502', `null value in column "${column.name}"`);
  }
  switch (column.type) {
    case 'int8':
      return field.readBigInt64BE(0);
    case 'int4':
      return field.readInt32BE(0);
    case 'int2':
      return field.readInt16BE(0);
    case 'float4':
      return field.readFloatBE(0);
    case 'float8':
      return field.readDoubleBE(0);
    case 'bool':
      return field[0] !== 0;
    case 'bytea':
      return Buffer.from(field);
    case 'text':
      return textOf(field);
    case 'jsonb':
      return textOf(field.subarray(1));
    case 'text[]':
      return textsOf(field);
    case 'numeric':
    case 'timestamptz':
      throw new TypeError(`no COPY brings ${column.type}`);
  }
}

function textOf(bytes: Buffer): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new PgServerError('22021', 'invalid byte sequence for encoding "UTF8"');
  }
  if (text.includes('\0')) {
    throw new PgServerError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  }
  return text;
}

function textsOf(field: Buffer): string[] {
  const count = field.readInt32BE(12);
  const texts: string[] = [];
  let at = 20;
  for (let left = count; left > 0; left -= 1) {
    const length = field.readInt32BE(at);
    texts.push(textOf(field.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return texts;
}

/** An array parameter, which comes as a literal ({1,2}) or as values. */
export function arrayOf(parameter: Parameter, type: ColumnType): SqlValue[] {
  if (typeof parameter === 'string') {
    return elementsOf(parameter).map((text) => (text === null ? null : valueOf(text, type)));
  }
  if (!Array.isArray(parameter)) throw new TypeError('an array is expected');
  return (parameter as readonly (string | bigint | number)[]).map((each) =>
    valueOf(String(each), type),
  );
}

/** One parameter, as text or as a value. */
export function scalarOf(parameter: Parameter, type: ColumnType): SqlValue {
  if (parameter === null || parameter === undefined) return null;
  if (Buffer.isBuffer(parameter)) return Buffer.from(parameter);
  // pg sends anything else with bytes as text.
  if (parameter instanceof Uint8Array) throw new TypeError('bytes have to come as a Buffer');
  return valueOf(String(parameter), type);
}

function valueOf(text: string, type: ColumnType): SqlValue {
  switch (type) {
    case 'int8': {
      const value = BigInt(text);
      if (BigInt.asIntN(64, value) !== value) {
        throw new PgServerError('22003', `value "${text}" is out of range for type bigint`);
      }
      return value;
    }
    case 'numeric':
      return BigInt(text);
    case 'int4':
    case 'int2':
    case 'float4':
    case 'float8':
      return Number(text);
    case 'bool':
      return text === 't' || text === 'true';
    case 'text':
    case 'jsonb':
      return text;
    case 'bytea':
    case 'text[]':
    case 'timestamptz':
      throw new TypeError(`no text is read as ${type}`);
  }
}

/** The elements of an array literal of one dimension. */
function elementsOf(literal: string): (string | null)[] {
  const elements: (string | null)[] = [];
  let at = 1;
  while (at < literal.length - 1) {
    if (literal[at] === '"') {
      let text = '';
      at += 1;
      while (literal[at] !== '"') {
        if (literal[at] === '\\') at += 1;
        text += literal[at];
        at += 1;
      }
      elements.push(text);
      at += 2;
    } else {
      const comma = literal.indexOf(',', at);
      const end = comma < 0 ? literal.length - 1 : comma;
      const text = literal.slice(at, end);
      elements.push(text === 'null' ? null : text);
      at = end + 1;
    }
  }
  return elements;
}

/** A value as pg hands it to a program: int8 and numeric as text. */
export function programValue(value: SqlValue): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Whether two values are the same to `is not distinct from`. */
export function isSame(one: SqlValue, other: SqlValue): boolean {
  if (Buffer.isBuffer(one) && Buffer.isBuffer(other)) return one.equals(other);
  if (Array.isArray(one) && Array.isArray(other)) return one.join('\0') === other.join('\0');
  return one === other;
}
