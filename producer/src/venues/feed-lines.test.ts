import { type FeedEvent, Flag } from '@feedmill/core/event';
import { GapRepair, RejectReason, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { DYDX } from './dydx.ts';
import { FeedLines } from './feed-lines.ts';
import { HITBTC } from './hitbtc.ts';
import { KRAKEN } from './kraken.ts';
import type { Venue } from './venue-mapper.ts';

const SECOND = 1_000_000_000n;

/** A feed of one or several lines that are open; `lost` are symbols whose book was lost. */
function feedOf(venue: Venue, lineCount = 1) {
  const lost: string[] = [];
  const ignored: string[] = [];
  const lines = new FeedLines(
    venue,
    { count: () => undefined, ignore: (kind) => ignored.push(kind) },
    { isRedundant: lineCount > 1, onBookLost: ({ rawSymbol }) => lost.push(rawSymbol) },
  );
  for (let line = 0; line < lineCount; line += 1) lines.open(line, { id: `c${line}`, url: '' });
  let at = 0n;
  const message = (line: number, body: unknown): FeedEvent[] => {
    at += 1_000_000n;
    const events = lines.message(line, JSON.stringify(body), at);
    return events.filter((event) => event.body.case !== 'definition');
  };
  return { lines, lost, ignored, message };
}

const cases = (events: readonly FeedEvent[]): string[] => events.map(({ body }) => body.case);
const sequences = (events: readonly FeedEvent[]) => events.map(({ sequence }) => sequence);

const hitbtc = (sequence: number, bid: [string, string][], ask: [string, string][] = []) => ({
  method: 'updateOrderbook',
  params: {
    bid: bid.map(([price, size]) => ({ price, size })),
    ask: ask.map(([price, size]) => ({ price, size })),
    sequence,
    symbol: 'X',
    timestamp: `2021-07-15T03:06:44.${String(sequence).padStart(3, '0')}Z`,
  },
});
const hitbtcSnapshot = (sequence: number) => ({
  ...hitbtc(sequence, [['1', '5']], [['2', '5']]),
  method: 'snapshotOrderbook',
});

const dydx = (id: number, size = '1') => ({
  type: 'channel_data',
  message_id: id,
  channel: 'v3_orderbook',
  id: 'BTC-USD',
  contents: { offset: '5', bids: [['10', size]], asks: [] },
});

describe('several lines of one feed', () => {
  it('bring each event once, in order, though each has lost what another has', () => {
    const feed = feedOf(HITBTC, 2);
    const seen = [
      [0, 1],
      [1, 1],
      [0, 2],
      [0, 4],
      [1, 2],
      [1, 3],
      [1, 5],
      [0, 5],
    ].flatMap(([line = 0, sequence = 0]) => feed.message(line, hitbtc(sequence, [['1', '2']])));
    expect(sequences(seen)).toEqual([1, 2, 3, 4, 5]);
    expect(feed.ignored).toEqual(['copy', 'copy', 'copy']);
  });

  it('give up what none of them brings when it is waited for too long', () => {
    const feed = feedOf(HITBTC, 2);
    feed.message(0, hitbtc(1, [['1', '2']]));
    expect(feed.message(0, hitbtc(3, [['1', '3']]))).toEqual([]);
    expect(sequences(feed.lines.expire(SECOND))).toEqual([3]);
  });

  it('hand on what waits when the last of them ends', () => {
    const feed = feedOf(HITBTC, 2);
    feed.message(0, hitbtc(1, [['1', '2']]));
    feed.message(1, hitbtc(4, [['1', '3']]));
    expect(feed.lines.close(0)).toEqual([]);
    expect(sequences(feed.lines.close(1))).toEqual([4]);
  });
});

describe('a connection whose messages are numbered', () => {
  it('is put in order, also where a message without events comes between', () => {
    const feed = feedOf(DYDX);
    const seen = [
      feed.message(0, { type: 'connected', connection_id: 'c', message_id: 0 }),
      feed.message(0, dydx(2)),
      feed.message(0, dydx(3)),
      feed.message(0, dydx(1)),
    ];
    expect(seen.map(sequences)).toEqual([[], [], [], [1, 2, 3]]);
  });

  it('reports a gap with exact bounds, and its repair when the messages come after all', () => {
    const feed = feedOf(DYDX);
    feed.message(0, dydx(1));
    feed.message(0, dydx(4));
    const [gap, event] = feed.lines.expire(SECOND);
    expect(gap).toMatchObject({
      symbol: { rawSymbol: '' },
      sessionId: 'c0',
      body: {
        case: 'gap',
        value: { firstMissing: 2n, lastMissing: 3n, repairedBy: GapRepair.NONE, tsRepaired: 0n },
      },
    });
    expect(event?.sequence).toBe(4);
    const [third] = feed.message(0, dydx(3));
    expect((third?.flags ?? 0) & Flag.OUT_OF_ORDER).not.toBe(0);
    expect(feed.message(0, dydx(2)).at(-1)?.body).toMatchObject({
      case: 'gap',
      value: { firstMissing: 2n, lastMissing: 3n, repairedBy: GapRepair.RETRANSMIT },
    });
  });

  it('leaves out a message that comes a second time', () => {
    const feed = feedOf(DYDX);
    feed.message(0, dydx(1));
    expect(feed.message(0, dydx(1))).toEqual([]);
    expect(feed.ignored).toEqual(['copy']);
  });
});

describe('the book of a feed', () => {
  it('rejects a message that crosses it, keeps its number, and is lost until a snapshot', () => {
    const feed = feedOf(HITBTC);
    feed.message(0, hitbtcSnapshot(10));
    const [rejected] = feed.message(0, hitbtc(11, [['3', '1']]));
    expect(rejected).toMatchObject({
      symbol: { rawSymbol: 'X' },
      sequenceKind: SequenceKind.DENSE,
      sequence: 11,
      body: { case: 'rejected', value: { reason: RejectReason.BOOK_CROSSED } },
    });
    expect(feed.lost).toEqual(['X']);
    const [after] = feed.message(0, hitbtc(12, [['1', '0']]));
    expect((after?.flags ?? 0) & Flag.MAYBE_BAD_BOOK).not.toBe(0);
    feed.message(0, hitbtcSnapshot(20));
    const [sound] = feed.message(0, hitbtc(21, [['1', '0']]));
    expect((sound?.flags ?? 0) & Flag.MAYBE_BAD_BOOK).toBe(0);
  });

  it('is lost when a number is missing', () => {
    const feed = feedOf(HITBTC);
    feed.message(0, hitbtcSnapshot(10));
    feed.message(0, hitbtc(13, [['1', '4']]));
    expect(feed.lost).toEqual(['X']);
  });

  it('rejects a snapshot that is crossed in itself', () => {
    const feed = feedOf(HITBTC);
    const crossed = { ...hitbtc(5, [['3', '1']], [['2', '1']]), method: 'snapshotOrderbook' };
    expect(feed.message(0, crossed)).toMatchObject([
      { body: { case: 'rejected', value: { reason: RejectReason.BOOK_CROSSED } } },
    ]);
  });

  it('brings a snapshot up to the changes that were sent before it', () => {
    const feed = feedOf(HITBTC);
    feed.message(0, hitbtc(10, [['1', '7']]));
    feed.message(0, hitbtc(11, [['1.5', '1']]));
    feed.message(0, hitbtc(12, [], [['2', '0']]));
    const [snapshot] = feed.message(0, hitbtcSnapshot(10));
    expect(snapshot?.body.value).toEqual({
      bids: [
        { price: 1_500_000_000, size: 1_000_000_000 },
        { price: 1_000_000_000, size: 5_000_000_000 },
      ],
      asks: [],
      asOfSequence: 12,
    });
    expect(cases(feed.message(0, hitbtc(13, [['1', '1']])))).toEqual(['bookDelta']);
    expect(feed.lost).toEqual([]);
  });

  it('is not made whole by a snapshot with changes missing behind it', () => {
    const feed = feedOf(HITBTC);
    feed.message(0, hitbtc(15, [['1', '7']]));
    feed.message(0, hitbtcSnapshot(10));
    expect(feed.lost).toEqual(['X']);
  });

  it('proves itself by the checksum of the venue', () => {
    const level = (price: string, size: string) => [price, size, '1534614248.765567'];
    // Kraken's own example of its documentation, whose checksum it gives as 974947235.
    const asks = Array.from({ length: 10 }, (_, index) =>
      level(`0.0${5005 + index * 5}`, '0.00000500'),
    );
    const bids = Array.from({ length: 11 }, (_, index) =>
      level(`0.0${5000 - index * 5}`, '0.00000500'),
    ).filter(([price]) => price !== '0.04985');
    const feed = feedOf(KRAKEN);
    feed.message(0, [0, { as: asks.slice(0, 9), bs: bids }, 'book-10', 'XBT/USD']);
    const last = (c: string) => [0, { a: [asks[9]], c }, 'book-10', 'XBT/USD'];
    expect(cases(feed.message(0, last('974947235')))).toEqual(['bookDelta']);
    const [rejected] = feed.message(0, last('974947236'));
    expect(rejected?.body).toMatchObject({ value: { reason: RejectReason.CHECKSUM_MISMATCH } });
    expect(feed.lost).toEqual(['XBT/USD']);
  });

  it('gives its top as a quote where the venue has no quote of its own', () => {
    const feed = feedOf(DYDX);
    const contents = {
      bids: [{ price: '10', offset: '1', size: '1' }],
      asks: [
        { price: '11', offset: '2', size: '3' },
        { price: '12', offset: '3', size: '0' },
      ],
    };
    const snapshot = { ...dydx(1), type: 'subscribed', contents };
    expect(cases(feed.message(0, snapshot))).toEqual(['bookSnapshot', 'quote']);
    const [, quote] = feed.message(0, dydx(2, '4'));
    expect(quote?.body.value).toMatchObject({
      bidPx: 10_000_000_000,
      bidSz: 4_000_000_000,
      askPx: 11_000_000_000,
      askSz: 3_000_000_000,
    });
    expect(cases(feed.message(0, dydx(3, '4')))).toEqual(['bookDelta']);
  });
});
