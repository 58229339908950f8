import { isUtf8 } from 'node:buffer';
import { REJECTED_RAW_BYTES_MAX } from '../venues/limits.ts';
import type { RejectionKind } from '../venues/rejection.ts';
import { LINE_BYTES_MAX } from './limits.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A line that is not one to be read. */
export interface LineFault {
  readonly kind: RejectionKind;
  readonly detail: string;
  /** Its beginning. */
  readonly raw: Uint8Array;
}

/**
 * Cuts bytes into lines, whatever the pieces they come in: a line is decoded only when all of its
 * bytes are there, so that a character cut in two is whole again. Holds at most one line.
 */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #piece: Buffer = Buffer.alloc(0);
  #offset = 0;
  /** The beginning of a line whose end has not come yet. */
  #carried: Buffer[] = [];
  #carriedBytes = 0;
  /** Inside a line that is already too long: everything up to its end is passed over. */
  #isPassing = false;

  constructor(lineBytesMax: number = LINE_BYTES_MAX) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** Takes the next bytes. Call it when `next` has returned undefined; they are not copied. */
  push(bytes: Uint8Array): void {
    this.#piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = 0;
  }

  /** The next line without its end; undefined when more bytes are needed. */
  next(): string | LineFault | undefined {
    const piece = this.#piece;
    if (this.#offset >= piece.length) return undefined;
    const end = piece.indexOf(NEWLINE, this.#offset);
    if (end < 0) {
      this.#carry(piece.subarray(this.#offset));
      this.#offset = piece.length;
      return undefined;
    }
    const tail = piece.subarray(this.#offset, end);
    this.#offset = end + 1;
    return this.#line(tail);
  }

  /** The last line, where the input ends without a newline. */
  end(): string | LineFault | undefined {
    if (this.#carriedBytes === 0 && !this.#isPassing) return undefined;
    return this.#line(Buffer.alloc(0));
  }

  #carry(bytes: Buffer): void {
    if (this.#isPassing) return;
    this.#isPassing = this.#carriedBytes + bytes.length > this.#lineBytesMax;
    // The piece may be a view of a buffer that its reader uses again.
    this.#carried.push(Buffer.from(bytes));
    this.#carriedBytes += bytes.length;
    if (!this.#isPassing) return;
    const head = Buffer.concat(this.#carried).subarray(0, REJECTED_RAW_BYTES_MAX);
    this.#carried = [Buffer.from(head)];
    this.#carriedBytes = head.length;
  }

  #line(tail: Buffer): string | LineFault {
    const isTooLong = this.#isPassing || this.#carriedBytes + tail.length > this.#lineBytesMax;
    // Of a line that was passed over, only the beginning is there.
    const rest = this.#isPassing ? [] : [tail];
    const bytes = this.#carriedBytes > 0 ? Buffer.concat([...this.#carried, ...rest]) : tail;
    this.#carried = [];
    this.#carriedBytes = 0;
    this.#isPassing = false;
    if (isTooLong) {
      const detail = `the line is too long, at most ${this.#lineBytesMax} bytes are allowed`;
      return { kind: 'oversized', detail, raw: headOf(bytes) };
    }
    const isCrLf = bytes.length > 0 && bytes[bytes.length - 1] === CARRIAGE_RETURN;
    const text = isCrLf ? bytes.subarray(0, -1) : bytes;
    if (isUtf8(text)) return text.toString('utf8');
    return { kind: 'malformed', detail: 'the line is not UTF-8', raw: headOf(text) };
  }
}

/** A copy, for the line may be a view of a buffer that its reader uses again. */
const headOf = (bytes: Buffer): Uint8Array =>
  Buffer.from(bytes.subarray(0, REJECTED_RAW_BYTES_MAX));
