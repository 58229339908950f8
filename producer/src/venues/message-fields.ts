import type { BookLevelBody, Int64 } from '@feedmill/core/event';
import { parseDecimal } from '@feedmill/core/fixed-point';
import type { MessageProblem } from './venue-mapper.ts';

/** A JSON object of a venue, not trusted in any field. */
export type Message = Readonly<Record<string, unknown>>;

const NANOS_PER_MS = 1_000_000n;

/** Why a message is no event; caught where messages come in. */
export class MessageFault extends Error {
  readonly kind: MessageProblem;
  /** An id beyond 2^53: the message must be parsed again with all its digits. */
  readonly isInexact: boolean;

  constructor(kind: MessageProblem, message: string, isInexact = false) {
    super(message);
    this.kind = kind;
    this.isInexact = isInexact;
  }
}

/**
 * @param parse JSON.parse, or parseExactJson for every digit of large ids
 * @throws MessageFault not_json
 */
export function parseMessage(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new MessageFault('not_json', (error as Error).message);
  }
}

/** @throws MessageFault unsupported_message for anything but an object */
export function asMessage(value: unknown): Message {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message;
  throw new MessageFault('unsupported_message', `${typeof value} where an object was expected`);
}

/** The fault of a field that is not what it should be. */
export function badField(name: string, seen: unknown, allowed: string): MessageFault {
  const exact = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value;
  const text = (JSON.stringify(seen, exact) ?? 'nothing').slice(0, 40);
  return new MessageFault('bad_field', `field ${name} is ${text} where ${allowed} was expected`);
}

/**
 * An id, exact: one beyond 2^53 is refused as a number and accepted as a bigint.
 *
 * @throws MessageFault bad_field
 */
export function idOf(message: Message, name: string): Int64 {
  const value = message[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    if (Number.isSafeInteger(value)) return value;
    throw new MessageFault('bad_field', `field ${name} is beyond 2^53`, true);
  }
  if (typeof value === 'bigint' && value >= 0n && value < 2n ** 64n) return value;
  throw typeof value === 'bigint'
    ? new MessageFault('bad_field', `field ${name} is ${value}, which 64 bits cannot hold`)
    : badField(name, value, 'an id');
}

/**
 * A decimal in quotes as the mantissa times 1e-9.
 *
 * @throws MessageFault bad_field
 */
export function decimalOf(value: unknown, name: string): Int64 {
  if (typeof value !== 'string') throw badField(name, value, 'a decimal in quotes');
  try {
    return parseDecimal(value);
  } catch {
    throw badField(name, value, 'a decimal of 64 bits with at most nine places');
  }
}

/**
 * A list of `[price, size, ...]`.
 *
 * @throws MessageFault bad_field
 */
export function levelsOf(message: Message, name: string): BookLevelBody[] {
  const levels = message[name];
  if (!Array.isArray(levels)) throw badField(name, levels, 'a list of levels');
  return levels.map((level: unknown): BookLevelBody => {
    if (!Array.isArray(level)) throw badField(name, level, '[price, size]');
    const pair: readonly unknown[] = level;
    return { price: decimalOf(pair[0], name), size: decimalOf(pair[1], name) };
  });
}

/**
 * A time in milliseconds as nanoseconds.
 *
 * @throws MessageFault bad_field
 */
export function millisOf(message: Message, name: string): bigint {
  const value = message[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    return BigInt(value) * NANOS_PER_MS;
  }
  throw badField(name, value, 'a time in milliseconds');
}
