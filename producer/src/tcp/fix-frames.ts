import { MessageFault } from '../venues/rejection.ts';
import { FIX_BYTES_MAX } from './limits.ts';

/** A FIX message: its fields in their order. */
export interface FixMessage {
  readonly type: string;
  readonly fields: readonly (readonly [tag: number, value: string])[];
  /** As it came, with `|` for the separator. */
  readonly text: string;
}

/** Bytes that are no message. */
export interface FixGarbage {
  readonly why: string;
  readonly text: string;
}

const SOH = 1;
const BEGIN = '8=FIX.4.4\x01';
const HEAD = /^8=FIX\.4\.4\x019=(\d{1,9})\x01/;
/** The longest head: a length of nine digits. */
const HEAD_BYTES_MAX = BEGIN.length + '9=999999999'.length + 1;
const TRAILER_BYTES = '10=000\x01'.length;

/**
 * Cuts bytes into FIX 4.4 messages by their BodyLength, and checks their CheckSum. A message that
 * is garbled is passed over, as the protocol wants it: its number is then missing, and it is sent
 * again.
 */
export class FixFrames {
  #bytes: Buffer = Buffer.alloc(0);

  push(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
  }

  /** The next message; undefined when more bytes are needed. */
  next(): FixMessage | FixGarbage | undefined {
    const bytes = this.#bytes;
    if (bytes.length < HEAD_BYTES_MAX) return undefined;
    const head = HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES_MAX));
    if (head === null) return this.#passOver('no beginning of a FIX 4.4 message');
    const bodyStart = head[0].length;
    const bodyLength = Number(head[1]);
    if (bodyLength > FIX_BYTES_MAX) {
      return this.#passOver(`BodyLength is ${bodyLength} where ${FIX_BYTES_MAX} are allowed`);
    }
    const end = bodyStart + bodyLength + TRAILER_BYTES;
    if (bytes.length < end) return undefined;
    const trailer = bytes.toString('latin1', end - TRAILER_BYTES, end);
    const [, said] = /^10=(\d{3})\x01$/.exec(trailer) ?? [];
    if (said === undefined || bytes[end - TRAILER_BYTES - 1] !== SOH) {
      return this.#passOver('BodyLength does not lead to the CheckSum');
    }
    const sum = checksumOf(bytes.subarray(0, end - TRAILER_BYTES));
    if (sum !== said) return this.#passOver(`CheckSum is ${said}, the bytes add up to ${sum}`);
    this.#bytes = bytes.subarray(end);
    return messageOf(bytes.toString('utf8', bodyStart, end - TRAILER_BYTES));
  }

  /** Everything up to the next beginning of a message. */
  #passOver(why: string): FixGarbage {
    const next = this.#bytes.indexOf(BEGIN, 1, 'latin1');
    // A beginning may be cut in two at the end of what is there.
    const end = next >= 0 ? next : Math.max(1, this.#bytes.length - BEGIN.length + 1);
    const text = printable(this.#bytes.toString('utf8', 0, end));
    this.#bytes = this.#bytes.subarray(end);
    return { why, text };
  }
}

/** A message with its length and checksum. */
export function encodeFix(fields: readonly (readonly [number, string | number])[]): string {
  const body = fields.map(([tag, value]) => `${tag}=${value}\x01`).join('');
  const head = `${BEGIN}9=${Buffer.byteLength(body)}\x01${body}`;
  return `${head}10=${checksumOf(Buffer.from(head))}\x01`;
}

/** A value of a message; undefined where it has none. */
export function fixValue({ fields }: FixMessage, tag: number): string | undefined {
  return fields.find(([each]) => each === tag)?.[1];
}

/** @throws MessageFault bad_field */
export function fixNumber(message: FixMessage, tag: number): number {
  const text = fixValue(message, tag);
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new MessageFault('bad_field', `tag ${tag} is '${text ?? ''}' where a number was expected`);
}

function messageOf(body: string): FixMessage {
  const fields = body
    .split('\x01')
    .slice(0, -1)
    .map((field): [number, string] => {
      const equals = field.indexOf('=');
      return [Number(field.slice(0, equals)), field.slice(equals + 1)];
    });
  const type = fields.find(([tag]) => tag === 35)?.[1] ?? '';
  return { type, fields, text: printable(body) };
}

const printable = (text: string): string => text.replaceAll('\x01', '|');

function checksumOf(bytes: Uint8Array): string {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) % 256;
  return String(sum).padStart(3, '0');
}
