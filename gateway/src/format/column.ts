/** What a column holds, and so how it is written in each format. Values come as Postgres text. */
export type ColumnKind =
  /** ns since 1970. */
  | 'time'
  /** Mantissa times 1e-9; INT64_MAX is a price that does not exist. */
  | 'decimal'
  /** Sum of such mantissas, of any size. */
  | 'sum'
  /** Mantissa times 1e-18, of any size. */
  | 'notional'
  | 'int64'
  /** The 64 bits of an unsigned number. */
  | 'uint64'
  | 'int32'
  | 'float'
  | 'bool'
  | 'text'
  | 'texts'
  /** A word for each number; 0 and unknown ones are null. */
  | 'word'
  /** A JSON document, passed on as it is. */
  | 'json';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly description: string;
  readonly isNullable?: boolean;
  /** Of a `word`, by number. */
  readonly words?: readonly string[];
}

/** Rows as Postgres gives them, a value a column. */
export type RawRow = readonly unknown[];

export interface RowSet {
  readonly columns: readonly Column[];
  readonly rows: readonly RawRow[];
}

const INT64_MAX = '9223372036854775807';

/** The decimal text of a mantissa in text, without zeros at the end. */
export function decimalText(mantissa: string, decimals: number): string {
  const isNegative = mantissa.charCodeAt(0) === 45;
  const digits = isNegative ? mantissa.slice(1) : mantissa;
  const padded = digits.padStart(decimals + 1, '0');
  const whole = padded.slice(0, -decimals);
  let end = padded.length;
  while (end > whole.length && padded.charCodeAt(end - 1) === 48) end -= 1;
  const fraction = padded.slice(whole.length, end);
  const magnitude = fraction === '' ? whole : `${whole}.${fraction}`;
  return isNegative && magnitude !== '0' ? `-${magnitude}` : magnitude;
}

export const DECIMALS = { decimal: 9, sum: 9, notional: 18 } as const;

/** A price or size, or null for a price that does not exist. */
export const priceText = (mantissa: string): string | null =>
  mantissa === INT64_MAX ? null : decimalText(mantissa, DECIMALS.decimal);

export const unsignedText = (bits: string): string =>
  bits.charCodeAt(0) === 45 ? String(BigInt.asUintN(64, BigInt(bits))) : bits;
