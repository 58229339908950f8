import type { BookLevelBody, Int64 } from '@feedmill/core/event';
import { parseDecimal } from '@feedmill/core/fixed-point';
import { MessageFault } from './rejection.ts';

/** A JSON object of a venue, not trusted in any field. */
export type Message = Readonly<Record<string, unknown>>;

const DECIMAL = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const UINT64_END = 2n ** 64n;
// What 64 bits hold in steps of 1e-9.
const UNITS_MAX = 9_223_372_036;

/** Whether a value is an object with named fields. */
export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws MessageFault unknown_kind for anything but an object */
export function asMessage(value: unknown): Message {
  if (isMessage(value)) return value;
  throw new MessageFault('unknown_kind', `${typeof value} where an object was expected`);
}

/** The fault of a field that is not what it should be. */
export function badField(name: string, seen: unknown, allowed: string): MessageFault {
  return new MessageFault(
    'bad_field',
    `field ${name} is ${shown(seen)} where ${allowed} was expected`,
  );
}

/** The fault of a message that no mapper of the venue knows. */
export function unknownKind(message: Message, known: string): MessageFault {
  const named = ['type', 'event', 'e', 'method', 'topic', 'channel', 'feed']
    .map((name) => message[name])
    .find((value) => typeof value === 'string');
  const kind = typeof named === 'string' ? named.slice(0, 60) : Object.keys(message).join(', ');
  return new MessageFault('unknown_kind', `'${kind}' is none of ${known}`);
}

function shown(seen: unknown): string {
  const exact = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value;
  return (JSON.stringify(seen, exact) ?? 'nothing').slice(0, 40);
}

/**
 * An id, exact: one beyond 2^53 is refused as a number and accepted as a bigint.
 *
 * @throws MessageFault bad_field or number_inexact
 */
export function idOf(message: Message, name: string): Int64 {
  const value = message[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    if (Number.isSafeInteger(value)) return value;
    throw new MessageFault('number_inexact', `field ${name} is beyond 2^53`, true);
  }
  if (typeof value === 'bigint') {
    if (value >= 0n && value < UINT64_END) return value;
    const what = `field ${name} is ${value}, which 64 bits cannot hold`;
    throw new MessageFault('number_inexact', what);
  }
  throw badField(name, value, 'an id');
}

/**
 * An id in quotes, as venues write those that a double would round.
 *
 * @throws MessageFault bad_field or number_inexact
 */
export function quotedIdOf(message: Message, name: string): Int64 {
  const value = message[name];
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) {
    throw badField(name, value, 'an id in quotes');
  }
  const asNumber = Number(value);
  return idOf({ [name]: Number.isSafeInteger(asNumber) ? asNumber : BigInt(value) }, name);
}

/** @throws MessageFault bad_field for anything but a text that is not empty */
export function textOf(message: Message, name: string): string {
  const value = message[name];
  if (typeof value === 'string' && value !== '') return value;
  throw badField(name, value, 'a text');
}

/** @throws MessageFault bad_field */
export function listOf(message: Message, name: string): readonly unknown[] {
  const value = message[name];
  if (Array.isArray(value)) return value;
  throw badField(name, value, 'a list');
}

/**
 * A decimal in quotes as the mantissa times 1e-9.
 *
 * @throws MessageFault bad_field, or number_inexact for one that the mantissa cannot hold
 */
export function decimalOf(value: unknown, name: string): Int64 {
  if (typeof value !== 'string') throw badField(name, value, 'a decimal in quotes');
  return mantissaOf(value, name);
}

/**
 * A decimal that the venue writes as a bare number, exactly: the reader hands one of more digits
 * than a double keeps over as its text.
 *
 * @throws MessageFault bad_field or number_inexact
 */
export function bareDecimalOf(value: unknown, name: string): Int64 {
  if (typeof value === 'number') return mantissaOf(String(value), name);
  if (typeof value === 'bigint') return mantissaOf(value.toString(), name);
  if (typeof value === 'string') return mantissaOf(value, name);
  throw badField(name, value, 'a number');
}

function mantissaOf(text: string, name: string): Int64 {
  try {
    return parseDecimal(text);
  } catch {
    if (!DECIMAL.test(text)) throw badField(name, text, 'a decimal');
    const allowed = 'a decimal of 64 bits with at most nine places';
    const what = `field ${name} is ${shown(text)} where ${allowed} was expected`;
    const fault = new MessageFault('number_inexact', what);
    fault.isBeyond = Math.abs(Number(text)) > UNITS_MAX;
    throw fault;
  }
}

/** Where levels go that are left out. */
interface LevelSink {
  readonly beyond: unknown[];
}

/** How a venue writes one level. */
export type LevelOf = (level: unknown, name: string) => BookLevelBody;

/** `[price, size, ...]`, in quotes. */
export const pairLevel: LevelOf = (level, name) => {
  if (!Array.isArray(level)) throw badField(name, level, '[price, size]');
  const pair: readonly unknown[] = level;
  return { price: decimalOf(pair[0], name), size: decimalOf(pair[1], name) };
};

/**
 * The levels of one side of a book. An order far from the market may have a price or size that 64
 * bits do not hold: that level is left out, and the sink is told. Nobody trades there.
 *
 * @throws MessageFault bad_field or number_inexact
 */
export function levelsOf(
  sink: LevelSink,
  message: Message,
  name: string,
  levelOf: LevelOf = pairLevel,
): BookLevelBody[] {
  const levels: BookLevelBody[] = [];
  for (const item of listOf(message, name)) {
    try {
      const level = levelOf(item, name);
      if (level.size < 0) throw badField(name, item, 'a size of 0 or more');
      levels.push(level);
    } catch (error) {
      if (!(error instanceof MessageFault && error.isBeyond)) throw error;
      sink.beyond.push(item);
    }
  }
  return levels;
}
