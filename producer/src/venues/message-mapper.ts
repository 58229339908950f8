import type { FeedEvent, Int64 } from '@feedmill/core/event';
import { hasLongNumber, parseMessage } from './exact-json.ts';
import { MessageFault, rejectedEvent } from './rejection.ts';
import type { Connection, MessageReader, Venue, VenueSession } from './venue-mapper.ts';

/**
 * Turns the texts of one connection into events. A message that holds a number of more digits than
 * a double keeps is parsed a second time with all of them; what cannot be read becomes a rejected
 * event, and never an exception.
 */
export class MessageMapper {
  readonly #venue: Venue;
  readonly #session: VenueSession;
  readonly #reader: MessageReader;

  constructor(venue: Venue, session: VenueSession, connection: Connection) {
    this.#venue = venue;
    this.#session = session;
    this.#reader = venue.open(session, connection);
  }

  /** See MessageReader. */
  get number(): Int64 | undefined {
    return this.#reader.number;
  }

  /**
   * The events of one message.
   *
   * @param text the message as the venue sent it
   * @param tsRecv when it was received
   */
  map(text: string, tsRecv: bigint): readonly FeedEvent[] {
    return readExactly(this.#venue, this.#session, text, tsRecv, (message) =>
      this.#reader.read(message, tsRecv),
    );
  }
}

/** The events of a REST answer: see Venue.readAnswer. */
export function mapAnswer(
  venue: Venue,
  session: VenueSession,
  url: string,
  text: string,
  tsRecv: bigint,
): readonly FeedEvent[] {
  return readExactly(venue, session, text, tsRecv, (answer) =>
    venue.readAnswer(session, url, answer, tsRecv),
  );
}

function readExactly(
  venue: Venue,
  session: VenueSession,
  text: string,
  tsRecv: bigint,
  read: (message: unknown) => readonly FeedEvent[],
): readonly FeedEvent[] {
  const isExact = venue.decimals === 'bare' && hasLongNumber(text);
  session.beyond.length = 0;
  try {
    return withBeyond(session, tsRecv, read(parseMessage(text, isExact)));
  } catch (error) {
    if (!(error instanceof MessageFault)) throw error;
    if (!error.isInexact || isExact) return rejected(session, error, text, tsRecv);
  }
  session.beyond.length = 0;
  try {
    return withBeyond(session, tsRecv, read(parseMessage(text, true)));
  } catch (error) {
    if (!(error instanceof MessageFault)) throw error;
    return rejected(session, error, text, tsRecv);
  }
}

/** The events, and after them the levels that were left out of them. */
function withBeyond(
  session: VenueSession,
  tsRecv: bigint,
  events: readonly FeedEvent[],
): readonly FeedEvent[] {
  if (session.beyond.length === 0) return events;
  const symbol = events.at(-1)?.symbol ?? session.feed;
  const left = session.beyond.map((level) => {
    const detail = `a level of ${symbol.rawSymbol} beyond what 64 bits hold was left out`;
    session.problems.count('number_inexact', detail);
    return rejectedEvent({ symbol, tsRecv }, 'number_inexact', detail, JSON.stringify(level));
  });
  return [...events, ...left];
}

function rejected(
  session: VenueSession,
  { kind, message, header }: MessageFault,
  text: string,
  tsRecv: bigint,
): readonly FeedEvent[] {
  session.problems.count(kind, message);
  return [rejectedEvent({ symbol: session.feed, tsRecv }, kind, message, text, header)];
}
