import type { EventBody, FeedEvent } from '@feedmill/core/event';
import { SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { ARBITER_KEYS_MAX } from './limits.ts';

/** What is known of one event over all lines. */
interface Seen {
  /** How often it was let through. */
  passed: number;
  /** How often each line has brought it. */
  readonly byLine: number[];
}

/**
 * Of the copies that redundant lines bring of one event, lets the first through. Copies are told by
 * the venue's number or id. Where there is neither, by their content and by how often their own
 * line has brought that before: equal trades in one millisecond are different trades, so two on
 * one line are two, and two on different lines are one.
 */
export class Arbiter {
  readonly #seen = new Map<string, Seen>();

  /** Whether the event is the first of its copies. */
  isFirst(event: FeedEvent, line: number): boolean {
    const identity = identityOf(event);
    const isRepeatable = identity === undefined;
    const key = identity ?? contentOf(event);
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = { passed: 0, byLine: [] };
      this.#seen.set(key, seen);
      this.#forgetOldest();
    }
    const times = (seen.byLine[line] ?? 0) + 1;
    seen.byLine[line] = times;
    if (seen.passed > 0 && (!isRepeatable || times <= seen.passed)) return false;
    seen.passed += 1;
    return true;
  }

  #forgetOldest(): void {
    if (this.#seen.size <= ARBITER_KEYS_MAX) return;
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}

/** By what copies of an event are told, where the venue gives it; undefined where it does not. */
function identityOf(event: FeedEvent): string | undefined {
  const { body, channelId = 0, epoch = 0, eventKey, sequenceKind, sequence, sequenceEnd } = event;
  const kind = `${channelId}/${epoch}/${body.case}`;
  const isNumbered =
    sequenceKind === SequenceKind.DENSE ||
    sequenceKind === SequenceKind.RANGE ||
    sequenceKind === SequenceKind.LINKED;
  if (isNumbered && sequence !== undefined) return `${kind}/${sequenceEnd ?? sequence}`;
  if (eventKey !== undefined) return `${kind}/${Buffer.from(eventKey).toString('latin1')}`;
  if (body.case === 'trade' && body.value.tradeId !== '') return `${kind}/${body.value.tradeId}`;
  // A number without a kind: that of a book which could not be read.
  if (body.case === 'rejected' && sequenceKind === undefined && sequence !== undefined) {
    return `${kind}/book/${sequence}`;
  }
  if (body.case === 'bookSnapshot' && body.value.asOfSequence !== 0) {
    return `${kind}/${body.value.asOfSequence}`;
  }
  return undefined;
}

/** What two copies have in common: all but when and where they were received. */
function contentOf(event: FeedEvent): string {
  const { body, channelId, sequence, symbol, tsEvent, tsRecv } = event;
  const time = tsEvent === tsRecv ? '' : tsEvent;
  return `${channelId}/${symbol.rawSymbol}/${sequence}/${time}/${bodyText(body)}`;
}

const bodyText = (body: EventBody): string =>
  JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
