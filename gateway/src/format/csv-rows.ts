import {
  type Column,
  DECIMALS,
  decimalText,
  priceText,
  type RowSet,
  unsignedText,
} from './column.ts';
import { type TimeStyle, timeText } from './time-text.ts';

/** How the values of a column are written in CSV; nothing stands for null. */
function cellText(column: Column, value: unknown, style: TimeStyle): string {
  switch (column.kind) {
    case 'time':
      return timeText(value as string, style);
    case 'decimal':
      return priceText(value as string) ?? '';
    case 'sum':
    case 'notional':
      return decimalText(value as string, DECIMALS[column.kind]);
    case 'uint64':
      return unsignedText(value as string);
    case 'word':
      return value === 0 ? '' : (column.words?.[value as number] ?? '');
    case 'texts':
      return escaped((value as string[]).join(' '));
    case 'json':
      return escaped(JSON.stringify(value));
    default:
      return escaped(String(value));
  }
}

const escaped = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** RFC 4180, with a line of names. */
export function csv({ columns, rows }: RowSet, style: TimeStyle): string {
  const lines = [columns.map(({ name }) => name).join(',')];
  for (const row of rows) {
    lines.push(
      columns
        .map((column, index) => {
          const value = row[index];
          return value === null || value === undefined ? '' : cellText(column, value, style);
        })
        .join(','),
    );
  }
  return `${lines.join('\r\n')}\r\n`;
}
