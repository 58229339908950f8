import { FeedmillError } from '@feedmill/core/errors';
import { parseDecimal } from '@feedmill/core/fixed-point';
import { RowFault } from './csv-table.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;
const NANOS_PER_MS = 1_000_000n;

/** The mantissa of a decimal as text; undefined where the field is empty. */
export function decimalField(text: string, name: string): string | undefined {
  if (text === '') return undefined;
  try {
    return String(parseDecimal(text));
  } catch (error) {
    throw new RowFault(`${name}: ${FeedmillError.from(error).message.replace(/\.$/, '')}`);
  }
}

/**
 * Nanoseconds as text of a date (midnight UTC) or a time with its zone; undefined where the field
 * is empty.
 */
export function timeField(text: string, name: string): string | undefined {
  if (text === '') return undefined;
  const fraction = INSTANT.exec(text)?.[3];
  if (fraction === undefined && !DATE.test(text) && !INSTANT.test(text)) {
    throw new RowFault(
      `${name} is '${text}'; write a date, 2024-01-31, or a time with its zone, ` +
        '2024-01-31T14:30:00Z',
    );
  }
  const ms = Date.parse(text.replace(/\.\d+/, ''));
  if (Number.isNaN(ms)) throw new RowFault(`${name} is '${text}', which is no day of the calendar`);
  return String(BigInt(ms) * NANOS_PER_MS + BigInt((fraction ?? '0').padEnd(9, '0')));
}

/** One of a list of words, in any case; undefined where the field is empty. */
export function wordField<const Words extends readonly string[]>(
  text: string,
  name: string,
  words: Words,
): Words[number] | undefined {
  if (text === '') return undefined;
  const found = words.find((word) => word === text.toUpperCase());
  if (found !== undefined) return found;
  throw new RowFault(`${name} is '${text}'; allowed are ${words.join(', ')}`);
}

/** A text that must be there. */
export function requiredField(text: string, name: string): string {
  if (text !== '') return text;
  throw new RowFault(`${name} is empty`);
}

const CANONICAL = /^[^\s.]+(\.[^\s.]+)+$/;

/** A canonical name. */
export function instrumentField(text: string): string {
  if (CANONICAL.test(text)) return text;
  throw new RowFault(`instrument is '${text}'; write SYMBOL.VENUE, as AAPL.XNAS`);
}
