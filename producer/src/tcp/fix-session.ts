import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { GapCause, GapRepair } from '@feedmill/proto/feedmill/v1/event_pb';
import { Channel } from '../venues/channels.ts';
import { gapEvent } from '../venues/gap-event.ts';
import { MessageFault, rejectedEvent } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';
import { encodeFix, FixFrames, type FixMessage, fixNumber, fixValue } from './fix-frames.ts';
import { FixPlaces, type SavedPlaces } from './fix-places.ts';
import { FIX_HELD_MAX, LOGON_MS_MAX } from './limits.ts';
import type { ProtocolStart, TcpProtocol } from './tcp-protocol.ts';

/** Who speaks with whom, and how. */
export interface FixOptions {
  readonly sender: string;
  readonly target: string;
  readonly heartbeatS: number;
  /** Numbers start over at each logon. */
  readonly resets: boolean;
}

/** What makes events of messages that are not of the session. */
export interface FixMapper {
  readonly feed: FeedSymbol;
  /** @throws MessageFault for what cannot be read */
  read(message: FixMessage, at: FixContext): readonly FeedEvent[];
}

/** Where a message stands. */
export interface FixContext {
  readonly tsRecv: bigint;
  readonly sequence: number;
  readonly epoch: number;
  readonly sessionId: string;
}

const FORMAT = 1;
const NANOS_PER_MS = 1_000_000n;
/** How much longer than its interval a heartbeat may take before it is asked for. */
const HEARTBEAT_GRACE = 1.2;
const Tag = {
  BEGIN_SEQ_NO: 7,
  END_SEQ_NO: 16,
  MSG_SEQ_NUM: 34,
  NEW_SEQ_NO: 36,
  POSS_DUP: 43,
  TEXT: 58,
  HEART_BT_INT: 108,
  TEST_REQ_ID: 112,
  GAP_FILL: 123,
  RESET_SEQ_NUM: 141,
} as const;

interface Missing {
  readonly first: number;
  readonly last: number;
  readonly cause: GapCause;
}

/**
 * A session of FIX 4.4 as the side that connects, for a drop copy: logs on, keeps the heartbeat,
 * takes messages in the order of MsgSeqNum, has those sent again that are missing, and goes on over
 * connections and restarts where it stood (FIX 4.4, volume 2).
 */
export class FixSession implements TcpProtocol {
  readonly #options: FixOptions;
  readonly #mapper: FixMapper;
  readonly #problems: MessageProblems;
  readonly #start: ProtocolStart;
  #frames = new FixFrames();
  #places = new FixPlaces();
  readonly #held = new Map<number, FixMessage>();
  /** MsgSeqNum of the next message of ours, and of theirs. */
  #out = 1;
  #next = 1;
  #skip = 0;
  #epoch = 0;
  #missing: Missing | undefined;
  /** Of the start before, to be said once. */
  #lost: Missing | undefined;
  #cause: GapCause = GapCause.NETWORK;
  #isOpen = false;
  #isLoggedOn = false;
  #openedMs = 0;
  #sentMs = 0;
  #heardMs = 0;
  #isTested = false;

  constructor(
    options: FixOptions,
    mapper: FixMapper,
    problems: MessageProblems,
    start: ProtocolStart,
  ) {
    this.#options = options;
    this.#mapper = mapper;
    this.#problems = problems;
    this.#start = start;
    const { after, saved } = start;
    const known = savedState(saved);
    if (known !== undefined) {
      this.#out = known.out;
      this.#epoch = known.epoch;
      this.#places = known.places;
    }
    const { next, skip, lost } = this.#places.resume(after);
    this.#next = next;
    this.#skip = skip;
    if (after > 0) this.#cause = GapCause.RESTART;
    if (lost !== undefined) this.#lost = { ...lost, cause: GapCause.OVERFLOW };
  }

  get feed(): FeedSymbol {
    return this.#mapper.feed;
  }

  state(): string {
    const places = this.#places.encode();
    return JSON.stringify({ format: FORMAT, out: this.#out, epoch: this.#epoch, places });
  }

  open(nowMs: number): void {
    this.#frames = new FixFrames();
    this.#held.clear();
    this.#missing = undefined;
    this.#isOpen = true;
    this.#isLoggedOn = false;
    this.#openedMs = nowMs;
    this.#heardMs = nowMs;
    this.#isTested = false;
    const { heartbeatS, resets } = this.#options;
    if (resets) {
      this.#out = 1;
      this.#restart();
    }
    const reset: Fields = resets ? [[Tag.RESET_SEQ_NUM, 'Y']] : [];
    this.#send('A', [[98, 0], [Tag.HEART_BT_INT, heartbeatS], ...reset], nowMs);
  }

  take(bytes: Uint8Array, tsRecv: bigint, nowMs: number): void {
    this.#heardMs = nowMs;
    this.#isTested = false;
    this.#frames.push(bytes);
    while (this.#isOpen) {
      const message = this.#frames.next();
      if (message === undefined) return;
      if ('why' in message) this.#reject('malformed', message.why, message.text, tsRecv);
      else this.#message(message, tsRecv, nowMs);
    }
  }

  tick(nowMs: number): void {
    if (!this.#isOpen) return;
    if (!this.#isLoggedOn) {
      if (nowMs - this.#openedMs > LOGON_MS_MAX) this.#end('no answer to the logon');
      return;
    }
    const intervalMs = this.#options.heartbeatS * 1_000;
    if (nowMs - this.#sentMs >= intervalMs) this.#send('0', [], nowMs);
    const silenceMs = nowMs - this.#heardMs;
    if (silenceMs > 2 * HEARTBEAT_GRACE * intervalMs) this.#end('no heartbeat');
    else if (silenceMs > HEARTBEAT_GRACE * intervalMs && !this.#isTested) {
      this.#isTested = true;
      this.#send('1', [[Tag.TEST_REQ_ID, 'alive']], nowMs);
    }
  }

  leave(): void {
    if (this.#isLoggedOn) this.#send('5', [], this.#sentMs);
    this.#isOpen = false;
  }

  close(): void {
    this.#isOpen = false;
    this.#isLoggedOn = false;
    this.#cause = GapCause.NETWORK;
  }

  #message(message: FixMessage, tsRecv: bigint, nowMs: number): void {
    let sequence: number;
    try {
      sequence = fixNumber(message, Tag.MSG_SEQ_NUM);
    } catch (error) {
      this.#fault(error, message, tsRecv);
      this.#end('a message without MsgSeqNum');
      return;
    }
    if (!this.#isLoggedOn && !this.#logsOn(message, sequence, nowMs)) return;
    const isReset = message.type === '4' && fixValue(message, Tag.GAP_FILL) !== 'Y';
    if (isReset) {
      this.#passTo(message, tsRecv);
      return;
    }
    // Said whatever else is missing: it is not sent again.
    if (sequence > this.#next && message.type === '5') this.#logout(message, nowMs);
    else if (sequence > this.#next) this.#hold(message, sequence, tsRecv, nowMs);
    else if (sequence < this.#next) this.#repeated(message, sequence);
    else this.#inOrder(message, tsRecv, nowMs);
  }

  /** The answer to our logon, or the end. */
  #logsOn(message: FixMessage, sequence: number, nowMs: number): boolean {
    if (message.type !== 'A') {
      const said = fixValue(message, Tag.TEXT) ?? `a message of type ${message.type}`;
      this.#end(`the logon was answered by: ${said}`);
      return false;
    }
    this.#isLoggedOn = true;
    this.#heardMs = nowMs;
    const isReset = fixValue(message, Tag.RESET_SEQ_NUM) === 'Y';
    if (isReset && !this.#options.resets) this.#restart();
    if (sequence < this.#next) {
      this.#end(
        `MsgSeqNum of the logon is ${sequence} where ${this.#next} was expected; ` +
          'agree on a reset, or use reset=yes',
      );
      return false;
    }
    const { sink, wallNanos } = this.#start;
    sink.ready();
    if (this.#lost !== undefined) sink.put([this.#gap(this.#lost, wallNanos())]);
    this.#lost = undefined;
    return true;
  }

  /** Numbers of theirs start over at 1. */
  #restart(): void {
    if (this.#next > 1) this.#epoch += 1;
    this.#next = 1;
    this.#skip = 0;
    this.#places.restart(this.#start.sink.put([]) - 1);
  }

  #hold(message: FixMessage, sequence: number, tsRecv: bigint, nowMs: number): void {
    this.#held.set(sequence, message);
    if (this.#held.size > FIX_HELD_MAX) {
      this.#end('more messages than can wait for those that are missing');
      return;
    }
    this.#ask(sequence - 1, tsRecv, nowMs);
  }

  /** Has everything sent again from the next message on, unless that is under way. */
  #ask(last: number, tsRecv: bigint, nowMs: number): void {
    if (this.#missing !== undefined) return;
    const missing = { first: this.#next, last, cause: this.#cause };
    this.#missing = missing;
    this.#start.sink.put([this.#gap(missing, tsRecv)]);
    const range: Fields = [
      [Tag.BEGIN_SEQ_NO, this.#next],
      [Tag.END_SEQ_NO, 0],
    ];
    this.#send('2', range, nowMs);
  }

  #repeated(message: FixMessage, sequence: number): void {
    if (fixValue(message, Tag.POSS_DUP) === 'Y') {
      this.#problems.ignore('copy');
      return;
    }
    this.#end(`MsgSeqNum is ${sequence} where ${this.#next} was expected`);
  }

  #inOrder(message: FixMessage, tsRecv: bigint, nowMs: number): void {
    this.#one(message, tsRecv, nowMs);
    for (;;) {
      const held = this.#held.get(this.#next);
      if (held === undefined || !this.#isOpen) break;
      this.#held.delete(this.#next);
      this.#one(held, tsRecv, nowMs);
    }
    this.#repaired(tsRecv);
    if (this.#held.size === 0 || !this.#isOpen) return;
    this.#ask(Math.min(...this.#held.keys()) - 1, tsRecv, nowMs);
  }

  #one(message: FixMessage, tsRecv: bigint, nowMs: number): void {
    const sequence = this.#next;
    const all = this.#eventsOf(message, sequence, tsRecv, nowMs);
    const number = this.#start.sink.put(all.slice(this.#skip));
    this.#places.add(sequence, number - Math.min(this.#skip, all.length), all.length);
    this.#skip = 0;
    if (this.#next === sequence) this.#next = sequence + 1;
  }

  #eventsOf(
    message: FixMessage,
    sequence: number,
    tsRecv: bigint,
    nowMs: number,
  ): readonly FeedEvent[] {
    switch (message.type) {
      case 'A':
      case '0':
        return [];
      case '1': {
        const id = fixValue(message, Tag.TEST_REQ_ID) ?? '';
        this.#send('0', [[Tag.TEST_REQ_ID, id]], nowMs);
        return [];
      }
      case '2':
        return this.#resend(message, nowMs);
      case '3':
      case 'j':
        this.#problems.ignore('reject');
        return [];
      case '4':
        this.#passTo(message, tsRecv);
        return [];
      case '5':
        this.#logout(message, nowMs);
        return [];
      default:
        return this.#mapped(message, sequence, tsRecv);
    }
  }

  #mapped(message: FixMessage, sequence: number, tsRecv: bigint): readonly FeedEvent[] {
    try {
      const { sender, target } = this.#options;
      const sessionId = `FIX.4.4:${sender}->${target}`;
      return this.#mapper.read(message, { tsRecv, sequence, epoch: this.#epoch, sessionId });
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      this.#problems.count(error.kind, error.message);
      const at = { symbol: this.feed, tsRecv };
      return [rejectedEvent(at, error.kind, error.message, message.text, error.header)];
    }
  }

  /** All that we have sent is of the session, which is never sent again. */
  #resend(message: FixMessage, nowMs: number): readonly FeedEvent[] {
    const first = Number(fixValue(message, Tag.BEGIN_SEQ_NO) ?? 1);
    const fill: Fields = [
      [Tag.GAP_FILL, 'Y'],
      [Tag.NEW_SEQ_NO, this.#out],
    ];
    this.#write('4', first, [[Tag.POSS_DUP, 'Y'], ...fill], nowMs);
    return [];
  }

  /** A SequenceReset: there is nothing up to the number that it names. */
  #passTo(message: FixMessage, tsRecv: bigint): void {
    const to = Number(fixValue(message, Tag.NEW_SEQ_NO) ?? 0);
    if (!Number.isSafeInteger(to) || to <= this.#next) {
      if (to < this.#next) this.#problems.ignore('reset_backwards');
      return;
    }
    for (const sequence of this.#held.keys()) if (sequence < to) this.#held.delete(sequence);
    this.#next = to;
    this.#skip = 0;
    this.#repaired(tsRecv);
  }

  #repaired(tsRecv: bigint): void {
    const missing = this.#missing;
    if (missing === undefined || this.#next <= missing.last) return;
    this.#missing = undefined;
    this.#start.sink.put([this.#gap(missing, tsRecv, GapRepair.RETRANSMIT)]);
  }

  #gap(
    { first, last, cause }: Missing,
    tsRecv: bigint,
    repairedBy: GapRepair = GapRepair.NONE,
  ): FeedEvent {
    const { sender, target } = this.#options;
    const sessionId = `FIX.4.4:${sender}->${target}`;
    const header = { symbol: this.feed, channelId: Channel.FEED, sessionId, epoch: this.#epoch };
    return gapEvent(header, { firstMissing: first, lastMissing: last }, cause, tsRecv, repairedBy);
  }

  #logout(message: FixMessage, nowMs: number): void {
    const said = fixValue(message, Tag.TEXT);
    this.#send('5', [], nowMs);
    this.#end(said === undefined ? 'logged out' : `logged out: ${said}`);
  }

  #fault(error: unknown, message: FixMessage, tsRecv: bigint): void {
    if (!(error instanceof MessageFault)) throw error;
    this.#reject(error.kind, error.message, message.text, tsRecv);
  }

  #reject(kind: MessageFault['kind'], why: string, text: string, tsRecv: bigint): void {
    this.#problems.count(kind, why);
    this.#start.sink.put([rejectedEvent({ symbol: this.feed, tsRecv }, kind, why, text)]);
  }

  #end(reason: string): void {
    this.#isOpen = false;
    this.#start.sink.end(reason);
  }

  #send(type: string, fields: Fields, nowMs: number): void {
    const sequence = this.#out;
    this.#out += 1;
    this.#write(type, sequence, fields, nowMs);
  }

  #write(type: string, sequence: number, fields: Fields, nowMs: number): void {
    this.#sentMs = nowMs;
    const { sender, target } = this.#options;
    const head: Fields = [
      [35, type],
      [49, sender],
      [56, target],
      [Tag.MSG_SEQ_NUM, sequence],
      [52, utcTimestamp(this.#start.wallNanos())],
    ];
    this.#start.sink.send(encodeFix([...head, ...fields]));
  }
}

type Fields = readonly (readonly [number, string | number])[];

/** `20250106-14:30:00.123` */
function utcTimestamp(nanos: bigint): string {
  const iso = new Date(Number(nanos / NANOS_PER_MS)).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 23)}`;
}

function savedState(
  text: string | undefined,
): { out: number; epoch: number; places: FixPlaces } | undefined {
  if (text === undefined) return undefined;
  try {
    const saved = JSON.parse(text) as Record<string, unknown>;
    const { format, out, epoch } = saved;
    const places = FixPlaces.decode(saved['places'] as SavedPlaces);
    if (format !== FORMAT || places === undefined) return undefined;
    if (!Number.isSafeInteger(out) || !Number.isSafeInteger(epoch)) return undefined;
    return { out: Number(out), epoch: Number(epoch), places };
  } catch {
    return undefined;
  }
}
