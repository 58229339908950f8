import {
  type Column,
  DECIMALS,
  decimalText,
  priceText,
  type RawRow,
  type RowSet,
  unsignedText,
} from './column.ts';
import { type TimeStyle, timeText } from './time-text.ts';

type CellWriter = (value: unknown) => string;

/** How the values of a column are written as JSON. */
function cellWriter(column: Column, style: TimeStyle): CellWriter {
  const quoted =
    (text: (value: string) => string): CellWriter =>
    (value) =>
      `"${text(value as string)}"`;
  switch (column.kind) {
    case 'time':
      return quoted((value) => timeText(value, style));
    case 'decimal':
      return (value) => {
        const text = priceText(value as string);
        return text === null ? 'null' : `"${text}"`;
      };
    case 'sum':
    case 'notional': {
      const decimals = DECIMALS[column.kind];
      return quoted((value) => decimalText(value, decimals));
    }
    case 'int64':
      return quoted((value) => value);
    case 'uint64':
      return quoted(unsignedText);
    case 'word': {
      const words = (column.words ?? []).map((word) => JSON.stringify(word));
      return (value) => (value === 0 ? 'null' : (words[value as number] ?? 'null'));
    }
    case 'int32':
    case 'float':
    case 'bool':
      return String;
    case 'text':
    case 'texts':
    case 'json':
      return (value) => JSON.stringify(value);
  }
}

/** Writes rows as JSON objects, one after the other. */
export function jsonRowWriter(
  columns: readonly Column[],
  style: TimeStyle,
): (row: RawRow) => string {
  const keys = columns.map(({ name }, index) => `${index === 0 ? '{' : ','}"${name}":`);
  const writers = columns.map((column) => cellWriter(column, style));
  return (row) => {
    let text = '';
    for (let index = 0; index < writers.length; index += 1) {
      const value = row[index];
      text += keys[index];
      text += value === null || value === undefined ? 'null' : writers[index]?.(value);
    }
    return `${text}}`;
  };
}

/** The rows as one JSON array. */
export function jsonArray({ columns, rows }: RowSet, style: TimeStyle): string {
  const write = jsonRowWriter(columns, style);
  return `[${rows.map(write).join(',')}]`;
}

/** The rows as lines of JSON. */
export function ndjson({ columns, rows }: RowSet, style: TimeStyle): string {
  const write = jsonRowWriter(columns, style);
  return rows.map((row) => `${write(row)}\n`).join('');
}

/** One row as the value that its JSON stands for, to be put into a document. */
export const jsonObject = (
  columns: readonly Column[],
  row: RawRow,
  style: TimeStyle,
): Readonly<Record<string, unknown>> =>
  JSON.parse(jsonRowWriter(columns, style)(row)) as Record<string, unknown>;
