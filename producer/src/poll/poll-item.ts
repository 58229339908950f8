import { createHash } from 'node:crypto';
import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { MessageFault, rejectedEvent } from '../venues/rejection.ts';
import type { MessageProblems } from '../venues/venue-mapper.ts';

/** One thing that an answer lists, and that later answers will list again. */
export interface PollItem {
  /** What stays the same over all answers that list it. */
  readonly key: string;
  /** What it says; another text under the same key is another edition of it. */
  readonly says: string;
  readonly tsEvent: bigint;
  /** Its events, in this edition, counted from 0. */
  events(edition: number): readonly FeedEvent[];
}

/** Reads the answers of one address. */
export interface AnswerReader {
  readonly feed: FeedSymbol;
  /**
   * An answer shows the newest part of a longer list, so that what has left it between two answers
   * is missing; otherwise it shows how things stand.
   */
  readonly isWindow: boolean;
  /** What is asked for in the request's Accept. */
  readonly accept: string;
  /** @throws MessageFault for an answer that is none */
  items(text: string, tsRecv: bigint): readonly PollItem[];
}

/** An item that cannot be read: once a dead letter, however often it is listed. */
export function rejectedItem(
  feed: FeedSymbol,
  problems: MessageProblems,
  error: unknown,
  raw: string,
  tsRecv: bigint,
): PollItem {
  if (!(error instanceof MessageFault)) throw error;
  const { kind, message, header } = error;
  return {
    key: `rejected ${digestOf(raw)}`,
    says: '',
    tsEvent: tsRecv,
    events: () => {
      problems.count(kind, message);
      return [rejectedEvent({ symbol: feed, tsRecv }, kind, message, raw, header)];
    },
  };
}

/** By which two texts are known to be equal. */
export const digestOf = (text: string): string =>
  createHash('sha256').update(text, 'utf8').digest('base64url').slice(0, 22);
