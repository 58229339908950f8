import type { FeedEvent } from '@feedmill/core/event';
import { MessageMapper, mapAnswer } from '../message-mapper.ts';
import { newSession, type Venue } from '../venue-mapper.ts';

/** Receive time of every message. */
export const RECV = 1_723_161_254_087_896_568n;

/** One connection to a venue, whose problems are gathered. */
export function connectionTo(venue: Venue, leadsTo = '') {
  const problems: string[] = [];
  const ignored: string[] = [];
  const session = newSession(venue, {
    count: (kind, detail) => problems.push(`${kind}: ${detail}`),
    ignore: (kind) => ignored.push(kind),
  });
  const mapper = new MessageMapper(venue, session, { id: 'connection-1', url: leadsTo });
  const textOf = (message: unknown): string =>
    typeof message === 'string' ? message : JSON.stringify(message);
  /** All events of a message, given as text or as an object. */
  const map = (message: unknown): readonly FeedEvent[] => mapper.map(textOf(message), RECV);
  return {
    problems,
    ignored,
    mapper,
    map,
    /** The last event of a message: without the DEFINITION before it. */
    last: (message: unknown): FeedEvent | undefined => map(message).at(-1),
    /** All events but definitions. */
    market: (message: unknown): readonly FeedEvent[] =>
      map(message).filter(({ body }) => body.case !== 'definition'),
    /** The events of a REST answer. */
    answer: (url: string, answer: unknown): readonly FeedEvent[] =>
      mapAnswer(venue, session, url, textOf(answer), RECV),
  };
}
