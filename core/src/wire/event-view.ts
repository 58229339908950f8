import type { FeedSymbol } from '../event.ts';
import {
  BatchTag,
  BODY_FIELD_MAX,
  BODY_FIELD_MIN,
  EventTag,
  SymbolTag,
  WireError,
  WireType,
} from './wire-format.ts';
import { WireReader } from './wire-reader.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Keeps the place of an entry that cannot be read. */
const BROKEN_SYMBOL: FeedSymbol = { publisherId: 0, venue: '', rawSymbol: '' };

/**
 * A flyweight over the events of one serialized Batch: `next()` moves to the next event and fills
 * the header fields; the body stays bytes until a body view reads it. 64-bit fields are two halves
 * (`Hi` signed, `Lo` unsigned). One instance serves a whole process; nothing is made per event.
 */
export class EventView {
  readonly reader = new WireReader();
  /** The batch's dictionary. */
  symbols: FeedSymbol[] = [];
  /** Why the event cannot be decoded, or undefined when it was. */
  fault: string | undefined;
  /** Range of the event's bytes within the batch. */
  eventStart = 0;
  eventEnd = 0;

  symbol = 0;
  tsEventHi = 0;
  tsEventLo = 0;
  tsEventSource = 0;
  tsRecvHi = 0;
  tsRecvLo = 0;
  tsInDelta = 0;
  flags = 0;
  channelId = 0;
  sessionId = '';
  epoch = 0;
  sequenceKind = 0;
  sequenceHi = 0;
  sequenceLo = 0;
  sequenceEndHi = 0;
  sequenceEndLo = 0;
  prevSequenceHi = 0;
  prevSequenceLo = 0;
  eventKeyStart = 0;
  eventKeyEnd = 0;
  /** Field number of the body (`BodyField`); 0 when there is none. */
  bodyField = 0;
  bodyStart = 0;
  bodyEnd = 0;

  #batchEnd = 0;
  #offset = 0;
  /** Why entries of the dictionary cannot be read, by index; undefined where all can. */
  #symbolFaults: Map<number, string> | undefined;

  /** The bytes that all ranges refer to. */
  get bytes(): Uint8Array {
    return this.reader.bytes;
  }

  /**
   * Starts over with another batch, whose framing scanBatch has found sound. A broken entry of the
   * dictionary is the fault of the events that refer to it, and of no other.
   *
   * @throws WireError when the framing is broken after all
   */
  reset(bytes: Uint8Array): void {
    const { reader } = this;
    reader.reset(bytes);
    this.symbols = [];
    this.#symbolFaults = undefined;
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      if (tag === BatchTag.SYMBOL) {
        reader.readBytes();
        this.symbols.push(this.#readSymbol(reader.start, reader.stop));
      } else {
        reader.skip(tag);
      }
    }
    this.#offset = 0;
    this.#batchEnd = bytes.length;
  }

  /** Moves to the next event; false after the last. A broken event sets `fault`. */
  next(): boolean {
    const { reader } = this;
    reader.offset = this.#offset;
    reader.end = this.#batchEnd;
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      if (tag !== BatchTag.EVENT) {
        reader.skip(tag);
        continue;
      }
      reader.readBytes();
      this.eventStart = reader.start;
      this.eventEnd = reader.stop;
      this.#offset = reader.stop;
      reader.offset = reader.start;
      reader.end = reader.stop;
      this.#clear();
      try {
        this.#decodeHeader();
        this.fault = this.#symbolFaults?.get(this.symbol);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.fault = error.message;
      }
      return true;
    }
    return false;
  }

  /** Text of a range of the batch; throws WireError where it is not UTF-8. */
  text(start: number, end: number): string {
    if (start === end) return '';
    try {
      return decoder.decode(this.reader.bytes.subarray(start, end));
    } catch (error) {
      throw new WireError(`text at offset ${start} is not UTF-8`, { cause: error });
    }
  }

  #clear(): void {
    this.fault = undefined;
    this.symbol = 0;
    this.tsEventHi = 0;
    this.tsEventLo = 0;
    this.tsEventSource = 0;
    this.tsRecvHi = 0;
    this.tsRecvLo = 0;
    this.tsInDelta = 0;
    this.flags = 0;
    this.channelId = 0;
    this.sessionId = '';
    this.epoch = 0;
    this.sequenceKind = 0;
    this.sequenceHi = 0;
    this.sequenceLo = 0;
    this.sequenceEndHi = 0;
    this.sequenceEndLo = 0;
    this.prevSequenceHi = 0;
    this.prevSequenceLo = 0;
    this.eventKeyStart = 0;
    this.eventKeyEnd = 0;
    this.bodyField = 0;
    this.bodyStart = 0;
    this.bodyEnd = 0;
  }

  #decodeHeader(): void {
    const { reader } = this;
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      switch (tag) {
        case EventTag.SYMBOL:
          this.symbol = reader.readVarint32();
          break;
        case EventTag.TS_EVENT:
          reader.readFixed64();
          this.tsEventHi = reader.hi;
          this.tsEventLo = reader.lo;
          break;
        case EventTag.TS_EVENT_SOURCE:
          this.tsEventSource = reader.readVarint32();
          break;
        case EventTag.TS_RECV:
          reader.readFixed64();
          this.tsRecvHi = reader.hi;
          this.tsRecvLo = reader.lo;
          break;
        case EventTag.TS_IN_DELTA:
          this.tsInDelta = reader.readSint32();
          break;
        case EventTag.FLAGS:
          this.flags = reader.readVarint32();
          break;
        case EventTag.CHANNEL_ID:
          this.channelId = reader.readVarint32();
          break;
        case EventTag.EPOCH:
          this.epoch = reader.readVarint32();
          break;
        case EventTag.SEQUENCE_KIND:
          this.sequenceKind = reader.readVarint32();
          break;
        case EventTag.SEQUENCE:
          reader.readFixed64();
          this.sequenceHi = reader.hi;
          this.sequenceLo = reader.lo;
          break;
        default:
          this.#decodeRare(tag);
      }
    }
  }

  #decodeRare(tag: number): void {
    const { reader } = this;
    const field = tag >>> 3;
    if (field >= BODY_FIELD_MIN && field <= BODY_FIELD_MAX && (tag & 7) === WireType.BYTES) {
      reader.readBytes();
      this.bodyField = field;
      this.bodyStart = reader.start;
      this.bodyEnd = reader.stop;
      return;
    }
    switch (tag) {
      case EventTag.SEQUENCE_END:
        reader.readFixed64();
        this.sequenceEndHi = reader.hi;
        this.sequenceEndLo = reader.lo;
        return;
      case EventTag.PREV_SEQUENCE:
        reader.readFixed64();
        this.prevSequenceHi = reader.hi;
        this.prevSequenceLo = reader.lo;
        return;
      case EventTag.SESSION_ID:
        reader.readBytes();
        this.sessionId = this.text(reader.start, reader.stop);
        return;
      case EventTag.EVENT_KEY:
        reader.readBytes();
        this.eventKeyStart = reader.start;
        this.eventKeyEnd = reader.stop;
        return;
      default:
        reader.skip(tag);
    }
  }

  #readSymbol(start: number, stop: number): FeedSymbol {
    const { reader } = this;
    const outerEnd = reader.end;
    try {
      return this.#decodeSymbol(start, stop);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#symbolFaults ??= new Map();
      this.#symbolFaults.set(this.symbols.length, `its symbol is broken: ${error.message}`);
      return BROKEN_SYMBOL;
    } finally {
      reader.offset = stop;
      reader.end = outerEnd;
    }
  }

  #decodeSymbol(start: number, stop: number): FeedSymbol {
    const { reader } = this;
    let publisherId = 0;
    let venue = '';
    let rawSymbol = '';
    reader.offset = start;
    reader.end = stop;
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      if (tag === SymbolTag.PUBLISHER_ID) {
        publisherId = reader.readVarint32();
      } else if (tag === SymbolTag.VENUE) {
        reader.readBytes();
        venue = this.text(reader.start, reader.stop);
      } else if (tag === SymbolTag.RAW_SYMBOL) {
        reader.readBytes();
        rawSymbol = this.text(reader.start, reader.stop);
      } else {
        reader.skip(tag);
      }
    }
    return { publisherId, venue, rawSymbol };
  }
}
