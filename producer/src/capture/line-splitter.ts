import { isUtf8 } from 'node:buffer';
import type { CaptureProblems } from './capture-problems.ts';
import { LINE_BYTES_MAX } from './limits.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts bytes into lines, whatever the pieces they come in: a line is decoded only when all of its
 * bytes are there, so that a character cut in two is whole again. Holds at most one line.
 */
export class LineSplitter {
  readonly #problems: CaptureProblems;
  readonly #lineBytesMax: number;
  #piece: Buffer = Buffer.alloc(0);
  #offset = 0;
  /** The beginning of a line whose end has not come yet. */
  #carried: Buffer[] = [];
  #carriedBytes = 0;
  /** Inside a line that is already too long: everything up to its end is passed over. */
  #isPassing = false;

  constructor(problems: CaptureProblems, lineBytesMax: number = LINE_BYTES_MAX) {
    this.#problems = problems;
    this.#lineBytesMax = lineBytesMax;
  }

  /** Takes the next bytes. Call it when `next` has returned undefined; they are not copied. */
  push(bytes: Uint8Array): void {
    this.#piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = 0;
  }

  /**
   * The next line without its end; empty for a line that is empty or was counted as a problem;
   * undefined when more bytes are needed.
   */
  next(): string | undefined {
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
  end(): string | undefined {
    if (this.#carriedBytes === 0 && !this.#isPassing) return undefined;
    return this.#line(Buffer.alloc(0));
  }

  #carry(bytes: Buffer): void {
    if (this.#isPassing) return;
    if (this.#carriedBytes + bytes.length > this.#lineBytesMax) {
      this.#isPassing = true;
      this.#carried = [];
      this.#carriedBytes = 0;
      return;
    }
    // The piece may be a view of a buffer that its reader uses again.
    this.#carried.push(Buffer.from(bytes));
    this.#carriedBytes += bytes.length;
  }

  #line(tail: Buffer): string {
    if (this.#isPassing || this.#carriedBytes + tail.length > this.#lineBytesMax) {
      this.#forget();
      this.#problems.line += 1;
      const allowed = `at most ${this.#lineBytesMax} bytes are allowed`;
      this.#problems.count('line_too_long', `the line is too long, ${allowed}`);
      return '';
    }
    let bytes = tail;
    if (this.#carriedBytes > 0) {
      bytes = Buffer.concat([...this.#carried, tail]);
      this.#forget();
    }
    this.#problems.line += 1;
    const isCrLf = bytes.length > 0 && bytes[bytes.length - 1] === CARRIAGE_RETURN;
    const text = isCrLf ? bytes.subarray(0, -1) : bytes;
    if (!isUtf8(text)) {
      this.#problems.count('not_utf8', 'the line is not UTF-8');
      return '';
    }
    return text.toString('utf8');
  }

  #forget(): void {
    this.#carried = [];
    this.#carriedBytes = 0;
    this.#isPassing = false;
  }
}
