import type { FeedSymbol, Int64 } from '@feedmill/core/event';
import { LineSplitter } from '../capture/line-splitter.ts';
import { MessageFault, rejectedEvent } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';
import { LINE_BYTES_MAX } from './limits.ts';
import type { LineMapper, LineNumbers } from './line-mapper.ts';
import type { ProtocolStart, TcpProtocol } from './tcp-protocol.ts';

const FORMAT = 1;

/**
 * Newline-delimited JSON: one event a line. Nothing is sent, and nothing can be asked for again; a
 * number that the lines have shows what is missing.
 */
export class LineProtocol implements TcpProtocol {
  readonly #mapper: LineMapper;
  readonly #problems: MessageProblems;
  readonly #start: ProtocolStart;
  #lines = new LineSplitter(LINE_BYTES_MAX);
  /** Times that the numbers have started over, and the highest since. */
  #epoch = 0;
  #highest: Int64 = 0;
  #isFirst = true;

  constructor(mapper: LineMapper, problems: MessageProblems, start: ProtocolStart) {
    this.#mapper = mapper;
    this.#problems = problems;
    this.#start = start;
    const known = savedState(start.saved);
    if (known === undefined) return;
    this.#epoch = known.epoch;
    this.#highest = known.highest;
  }

  get feed(): FeedSymbol {
    return this.#mapper.feed;
  }

  state(): string {
    const highest = String(this.#highest);
    return JSON.stringify({ format: FORMAT, epoch: this.#epoch, highest });
  }

  open(): void {
    this.#lines = new LineSplitter(LINE_BYTES_MAX);
    this.#isFirst = true;
    this.#start.sink.ready();
  }

  take(bytes: Uint8Array, tsRecv: bigint): void {
    this.#lines.push(bytes);
    for (;;) {
      const line = this.#lines.next();
      if (line === undefined) return;
      if (typeof line === 'string') this.#line(line, tsRecv);
      else this.#reject(new MessageFault(line.kind, line.detail), line.raw, tsRecv);
    }
  }

  tick(): void {
    // Silence is the feed's; the connection has TCP's keep-alive.
  }

  leave(): void {
    // There is no goodbye.
  }

  /** The beginning of a line whose end never came is kept as it is. */
  close(tsRecv: bigint): void {
    const rest = this.#lines.end();
    if (rest === undefined) return;
    const raw = typeof rest === 'string' ? rest : rest.raw;
    this.#reject(new MessageFault('malformed', 'a line that was cut off'), raw, tsRecv);
  }

  #line(line: string, tsRecv: bigint): void {
    if (line.trim() === '') return;
    try {
      const events = this.#mapper.read(line, tsRecv, (own, session) => this.#number(own, session));
      this.#start.sink.put(events);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      this.#reject(error, line, tsRecv);
    }
  }

  /** A connection that begins with 0 or 1 begins anew; otherwise it goes on. */
  #number(sequence: Int64 | undefined, sessionId: string): LineNumbers {
    if (sequence === undefined) return { sessionId, epoch: this.#epoch };
    if (this.#isFirst && sequence <= 1 && this.#highest > sequence) {
      this.#epoch += 1;
      this.#highest = 0;
    }
    this.#isFirst = false;
    if (sequence > this.#highest) this.#highest = sequence;
    return { sequence, sessionId, epoch: this.#epoch };
  }

  #reject({ kind, message, header }: MessageFault, raw: string | Uint8Array, tsRecv: bigint): void {
    this.#problems.count(kind, message);
    const at = { symbol: this.feed, tsRecv };
    this.#start.sink.put([rejectedEvent(at, kind, message, raw, header)]);
  }
}

function savedState(text: string | undefined): { epoch: number; highest: Int64 } | undefined {
  if (text === undefined) return undefined;
  try {
    const { format, epoch, highest } = JSON.parse(text) as Record<string, unknown>;
    if (format !== FORMAT || !Number.isSafeInteger(epoch) || typeof highest !== 'string') {
      return undefined;
    }
    const exact = BigInt(highest);
    const number = Number(exact);
    return { epoch: Number(epoch), highest: Number.isSafeInteger(number) ? number : exact };
  } catch {
    return undefined;
  }
}
