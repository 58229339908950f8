import { createHash } from 'node:crypto';
import { Problem } from '../problem.ts';

const SUM_BYTES = 9;

/**
 * Where the next page begins: the key of the last row, bound to the question that it belongs to.
 * Keys do not shift when rows are written meanwhile, so no row comes twice and none is passed over.
 *
 * @param question everything that makes the rows what they are, without limit and cursor
 */
export function encodeCursor(question: string, key: readonly string[]): string {
  const text = key.join(',');
  return Buffer.concat([sumOf(question, text), Buffer.from(text)]).toString('base64url');
}

/**
 * The key of a cursor of this question.
 *
 * @throws Problem not-meaningful where it is of another question, or none of ours
 */
export function decodeCursor(question: string, cursor: string, parts: number): string[] {
  const bytes = Buffer.from(cursor, 'base64url');
  const text = bytes.subarray(SUM_BYTES).toString();
  const key = text.split(',');
  const isOurs =
    bytes.length > SUM_BYTES &&
    sumOf(question, text).equals(bytes.subarray(0, SUM_BYTES)) &&
    key.length === parts;
  if (isOurs) return key;
  throw strangeCursor();
}

/** The same for a key of 64-bit integers. */
export function decodeIntegers(question: string, cursor: string, parts: number): string[] {
  const key = decodeCursor(question, cursor, parts);
  if (key.every(isInt64)) return key;
  throw strangeCursor();
}

const isInt64 = (text: string): boolean =>
  /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);

const strangeCursor = (): Problem =>
  new Problem(
    'not-meaningful',
    'The cursor belongs to another request: use it with the same path and the same parameters ' +
      'as the page that it came with, or leave it out to begin again.',
  );

/** Not a secret: it tells mistakes, and what is in a cursor may be known and chosen by anyone. */
const sumOf = (question: string, text: string): Buffer =>
  createHash('sha256').update(`${question}\n${text}`).digest().subarray(0, SUM_BYTES);
