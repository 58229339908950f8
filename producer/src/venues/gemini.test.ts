import { AggressorSide } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { GEMINI } from './gemini.ts';
import { connectionTo } from './testing/venue-reading.ts';

const updates = (changes: unknown[], more: object = {}): object => ({
  type: 'l2_updates',
  symbol: 'ALCXUSD',
  changes,
  ...more,
});
const trade = (id: number): object => ({
  type: 'trade',
  symbol: 'ALCXUSD',
  event_id: id,
  timestamp: 1624493670759,
  price: '0.07946',
  quantity: '1020.482111',
  side: 'buy',
});

describe('Gemini', () => {
  it('takes the first l2_updates of a symbol for its whole book', () => {
    const gemini = connectionTo(GEMINI);
    const [, book] = gemini.map(
      updates([
        ['buy', '302.75', '1'],
        ['sell', '303', '2'],
      ]),
    );
    expect(book?.body).toMatchObject({
      case: 'bookSnapshot',
      value: { bids: [{ price: 302_750_000_000 }], asks: [{ price: 303_000_000_000 }] },
    });
    const [change] = gemini.map(updates([['buy', '302.75', '0']]));
    expect(change?.body.case).toBe('bookDelta');
  });

  it('still takes it when the first one could not be read', () => {
    const gemini = connectionTo(GEMINI);
    gemini.map(updates([['buy', '1e-12', '1']]));
    expect(gemini.last(updates([['buy', '1', '1']]))?.body.case).toBe('bookSnapshot');
  });

  it('maps a trade with the side of its taker', () => {
    expect(connectionTo(GEMINI).last(trade(45_465_818_387))).toMatchObject({
      tsEvent: 1_624_493_670_759_000_000n,
      sequence: 45_465_818_387,
      body: {
        value: {
          price: 79_460_000,
          size: 1_020_482_111_000,
          aggressorSide: AggressorSide.BUY,
        },
      },
    });
  });

  it('takes the trades that come with a book only where they were missed, in order', () => {
    const gemini = connectionTo(GEMINI);
    gemini.map(updates([], { trades: [trade(1)] }));
    expect(gemini.ignored).toEqual(['history']);
    gemini.map(trade(5));
    const next = connectionTo(GEMINI);
    next.map(trade(5));
    const events = next.market(updates([], { trades: [trade(7), trade(6), trade(5)] }));
    expect(events.map(({ sequence }) => sequence)).toEqual([undefined, 6, 7]);
  });
});
