import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { FeedSymbol } from '@feedmill/core/event';
import { EventView } from '@feedmill/core/wire/event-view';
import { WireType } from '@feedmill/core/wire/wire-format';
import { WireWriter } from '@feedmill/core/wire/wire-writer';
import { EventSchema, SymbolSchema } from '@feedmill/proto/feedmill/v1/event_pb';
import { SubscribeResponseSchema } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { JournalEntry } from '../journal/journal-entry.ts';

/** One event of an entry, still as bytes. */
export interface LiveEvent {
  readonly bytes: Uint8Array;
  /** Index into the entry's symbols. */
  readonly symbol: number;
  /** Field number of the body: an EventKind. */
  readonly kind: number;
  /** Its sequence is the entry's first sequence plus this. */
  readonly offset: number;
}

/** What all events of a response have in common. */
export interface LiveHeader {
  readonly position: number;
  readonly producer: string;
  readonly firstSequence: number;
  readonly tsInit: bigint;
  readonly epoch: number;
  readonly symbols: readonly FeedSymbol[];
}

const SYMBOLS_TAG = (4 << 3) | WireType.BYTES;
const EVENTS_TAG = (5 << 3) | WireType.BYTES;
const view = new EventView();
const writer = new WireWriter();

/** The events of a batch, read once for all who follow the shard. */
export class LiveEntry implements LiveHeader {
  readonly position: number;
  readonly producer: string;
  readonly firstSequence: number;
  readonly tsInit: bigint;
  readonly epoch: number;
  readonly symbols: readonly FeedSymbol[];
  /** Without those that an earlier entry holds and those that cannot be decoded. */
  readonly events: readonly LiveEvent[];
  #whole: Buffer | undefined;

  constructor(entry: JournalEntry, producer: string) {
    this.position = entry.position;
    this.producer = producer;
    this.firstSequence = entry.firstSequence;
    this.tsInit = entry.tsInit;
    this.epoch = entry.epoch;
    view.reset(entry.payload);
    this.symbols = view.symbols;
    const events: LiveEvent[] = [];
    for (let offset = 0; view.next(); offset += 1) {
      if (offset < entry.skipCount || view.fault !== undefined) continue;
      const bytes = entry.payload.subarray(view.eventStart, view.eventEnd);
      // An event that the processors will refuse must not make a whole response undecodable.
      if (view.symbol >= view.symbols.length || !isReadable(bytes)) continue;
      events.push({ bytes, symbol: view.symbol, kind: view.bodyField, offset });
    }
    this.events = events;
  }

  /** The response with all events; made once. */
  get whole(): Buffer {
    this.#whole ??= encodeResponse(this, this.events, 0);
    return this.#whole;
  }
}

function isReadable(bytes: Uint8Array): boolean {
  try {
    fromBinary(EventSchema, bytes);
    return true;
  } catch {
    return false;
  }
}

/** A serialized SubscribeResponse. Events are copied as they came. */
export function encodeResponse(
  header: LiveHeader,
  events: readonly LiveEvent[],
  conflatedEvents: number,
): Buffer {
  const fields = create(SubscribeResponseSchema, {
    position: BigInt(header.position),
    producer: header.producer,
    firstSequence: BigInt(header.firstSequence),
    conflatedEvents: BigInt(conflatedEvents),
    tsInit: header.tsInit,
    epoch: header.epoch,
    offsets: events.map(({ offset }) => offset),
  });
  writer.reset();
  for (const symbol of header.symbols) {
    writer.bytesField(SYMBOLS_TAG, toBinary(SymbolSchema, create(SymbolSchema, symbol)));
  }
  for (const { bytes } of events) writer.bytesField(EVENTS_TAG, bytes);
  // The fields of a message may come in any order, in as many pieces as one likes.
  return Buffer.concat([toBinary(SubscribeResponseSchema, fields), writer.take()]);
}

/** A response without events: how far the reader has come. */
export function encodePosition(position: number): Buffer {
  return Buffer.from(
    toBinary(
      SubscribeResponseSchema,
      create(SubscribeResponseSchema, { position: BigInt(position) }),
    ),
  );
}
