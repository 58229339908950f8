import type { Int64 } from '@feedmill/core/event';

/** Postgres array literals: how columns of values become one parameter of unnest(). */

/** An int8 array. Unsigned 64-bit values keep their bits. */
export function int8Array(values: readonly Int64[]): string {
  return `{${values.map(int8Text).join(',')}}`;
}

/** The same with nulls for undefined. */
export function nullableInt8Array(values: readonly (Int64 | undefined)[]): string {
  return `{${values.map((value) => (value === undefined ? 'null' : int8Text(value))).join(',')}}`;
}

/** A numeric array: integers of any size. */
export function numericArray(values: readonly Int64[]): string {
  return `{${values.join(',')}}`;
}

/** The same with nulls for undefined. */
export function nullableNumericArray(values: readonly (Int64 | undefined)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`;
}

/** An int4 array. Unsigned 32-bit values keep their bits. */
export function int4Array(values: readonly number[]): string {
  return `{${values.map((value) => value | 0).join(',')}}`;
}

export function boolArray(values: readonly boolean[]): string {
  return `{${values.map((value) => (value ? 't' : 'f')).join(',')}}`;
}

/** A text array. Postgres holds no NUL in a text: it becomes U+FFFD. */
export function textArray(values: readonly string[]): string {
  return `{${values.map(quoted).join(',')}}`;
}

/** The same with nulls for empty texts. */
export function nullableTextArray(values: readonly string[]): string {
  return `{${values.map((value) => (value === '' ? 'null' : quoted(value))).join(',')}}`;
}

export const withoutNul = (text: string): string => text.replaceAll('\0', '\uFFFD');

const int8Text = (value: Int64): string =>
  String(typeof value === 'bigint' ? BigInt.asIntN(64, value) : value);

const quoted = (text: string): string => `"${withoutNul(text).replace(/["\\]/g, '\\$&')}"`;
