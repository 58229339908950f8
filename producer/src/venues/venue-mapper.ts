import type { FeedEvent, FeedSymbol, Int64 } from '@feedmill/core/event';
import type { BookChecksum } from './book-keeper.ts';
import { type DefinitionBody, InstrumentTable } from './instruments.ts';
import { MessageFault, type RejectionKind } from './rejection.ts';

/** Where it is counted what did not become an ordinary event. */
export interface MessageProblems {
  /** @param detail what was seen, in words for the log */
  count(kind: RejectionKind, detail: string): void;
  /** A message of a kind that is known and of no use here. */
  ignore(kind: string): void;
}

/** What all connections of a feed share. */
export interface VenueSession {
  readonly feed: FeedSymbol;
  readonly instruments: InstrumentTable;
  readonly problems: MessageProblems;
  /** Levels of the message that is being read which were left out of its book. */
  readonly beyond: unknown[];
}

/** One connection to a venue. */
export interface Connection {
  /** Unlike any other of the feed's: what the venue numbers anew on each belongs to it. */
  readonly id: string;
  /** Where it leads, where that decides what a message means; empty if it is not known. */
  readonly url: string;
}

/**
 * Reads the messages of one connection, in their order. Captures and live connectors use the same
 * readers. A reader keeps little state (what the connection's channels stand for) and is
 * deterministic: the same messages give the same events.
 */
export interface MessageReader {
  /**
   * The events of one message, none where it holds none. The first event of an instrument is
   * preceded by its DEFINITION.
   *
   * @param message the message, parsed
   * @throws MessageFault for what cannot be read
   */
  read(message: unknown, tsRecv: bigint): readonly FeedEvent[];
  /**
   * The number of the message that was read last, where the venue numbers all messages of a
   * connection, those without events too.
   */
  readonly number?: Int64 | undefined;
}

/** A venue: all that captures and live connectors have to know of it. */
export interface Venue {
  /** As it is written in a SPEC: `coinbase`. */
  readonly name: string;
  /** The feed as a whole. */
  readonly feed: FeedSymbol;
  /** Prices as JSON numbers, whose digits a double may not keep, or in quotes. */
  readonly decimals: 'bare' | 'quoted';
  /** Whether the copies of several connections can be told to be copies. */
  readonly redundancy: 'arbitrated' | 'single-line';
  /** The venue has no best bid and offer of its own: that of its book is sent. */
  readonly quotesFromBook: boolean;
  /** What the venue's checksum of a book is made of, where it sends one. */
  readonly checksum?: BookChecksum;
  /** What a symbol says of itself, where the venue's list was not read. */
  describe(symbol: FeedSymbol): DefinitionBody;
  open(session: VenueSession, connection: Connection): MessageReader;
  /**
   * The events of a REST answer: of an instrument list its DEFINITIONs, of a book a snapshot.
   *
   * @throws MessageFault for what cannot be read
   */
  readAnswer(session: VenueSession, url: string, answer: unknown, tsRecv: bigint): FeedEvent[];
}

/** What the connections of a feed will share. */
export function newSession(venue: Venue, problems: MessageProblems): VenueSession {
  const instruments = new InstrumentTable((symbol) => venue.describe(symbol));
  return { feed: venue.feed, instruments, problems, beyond: [] };
}

/** A URL of a venue that its mapper has no use for. */
export const unknownAnswer = (url: string): MessageFault =>
  new MessageFault('unknown_kind', `${url.slice(0, 100)} is no instrument list or book`);
