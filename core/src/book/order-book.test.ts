import { BookAction, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BookChangeBody, type Int64, UNDEF_PRICE } from '../event.ts';
import { StateReader } from '../state/state-reader.ts';
import { StateWriter } from '../state/state-writer.ts';
import { OrderBook } from './order-book.ts';

const { BID, ASK, UNSPECIFIED } = Side;
const { ADD, MODIFY, CANCEL, CLEAR, TRADE, FILL } = BookAction;
const set = (side: Side, price: Int64, size: Int64): BookChangeBody => ({
  action: size === 0 ? CANCEL : MODIFY,
  side,
  price,
  size,
});
const level = (price: Int64, size: Int64) => ({ price, size });
const big = 2n ** 60n;

describe('an order book', () => {
  it('stands on its snapshot and follows the changes', () => {
    const book = new OrderBook();
    expect(book.isSynced).toBe(false);
    const snapshot = {
      bids: [level(99, 5), level(98, 7)],
      asks: [level(101, 2), level(103, 1)],
      asOfSequence: 10,
    };
    expect(book.applySnapshot(snapshot)).toBe(true);
    expect(book.isSynced).toBe(true);
    expect(book.top()).toEqual({ bidPx: 99, bidSz: 5, askPx: 101, askSz: 2 });
    expect(book.applyDelta({ changes: [set(BID, 98, 8), set(ASK, 102, 4)] })).toBe(false);
    expect(book.applyDelta({ changes: [set(ASK, 101, 0)] })).toBe(true);
    expect(book.applyDelta({ changes: [set(BID, 99, 6)] })).toBe(true);
    expect(book.bids(10)).toEqual([level(99, 6), level(98, 8)]);
    expect(book.asks(1)).toEqual([level(102, 4)]);
    expect(book.applySnapshot({ bids: [], asks: [], asOfSequence: 11 })).toBe(true);
    expect(book.state).toBe('empty');
  });

  it('has no price on a side that is empty', () => {
    const book = new OrderBook();
    book.applyDelta({ changes: [set(ASK, 5, 1)] });
    expect(book.top()).toEqual({ bidPx: UNDEF_PRICE, bidSz: 0, askPx: 5, askSz: 1 });
    expect(book.state).toBe('one-sided');
  });

  it('tells normal, locked and crossed, also beyond 2^53', () => {
    const states = [big - 1n, big, big + 1n].map((bid) => {
      const book = new OrderBook();
      book.applyDelta({ changes: [set(BID, bid, 1), set(ASK, big, 1)] });
      return book.state;
    });
    expect(states).toEqual(['normal', 'locked', 'crossed']);
  });

  it('clears one side or both, and takes no change from what only reports a trade', () => {
    const book = new OrderBook();
    const fill = (): void => {
      book.applyDelta({ changes: [set(BID, 1, 1), set(ASK, 2, 1)] });
    };
    const clear = (side: Side): void => {
      book.applyDelta({ changes: [{ action: CLEAR, side, price: 0, size: 0 }] });
    };
    fill();
    for (const action of [TRADE, FILL]) {
      book.applyDelta({ changes: [{ action, side: ASK, price: 2, size: 0 }] });
    }
    clear(BID);
    expect([book.bids(9).length, book.asks(9).length]).toEqual([0, 1]);
    fill();
    clear(ASK);
    expect([book.bids(9).length, book.asks(9).length]).toEqual([1, 0]);
    fill();
    clear(UNSPECIFIED);
    expect(book.state).toBe('empty');
  });

  it('may be wrong from a gap until the next snapshot', () => {
    const book = new OrderBook();
    book.applySnapshot({ bids: [level(1, 1)], asks: [], asOfSequence: 1 });
    book.invalidate();
    expect(book.isSynced).toBe(false);
    book.applyDelta({ changes: [set(BID, 1, 2)] });
    expect(book.isSynced).toBe(false);
    book.applySnapshot({ bids: [level(1, 3)], asks: [], asOfSequence: 2 });
    expect(book.isSynced).toBe(true);
  });

  it('keeps no more levels than it may, and drops the worst', () => {
    const book = new OrderBook(2);
    const prices = [10, 12, 11, 9];
    book.applyDelta({ changes: prices.map((price) => set(BID, price, 1)) });
    book.applyDelta({ changes: prices.map((price) => ({ ...set(ASK, price, 1), action: ADD })) });
    expect(book.bids(9).map(({ price }) => price)).toEqual([12, 11]);
    expect(book.asks(9).map(({ price }) => price)).toEqual([9, 10]);
  });

  it('equals a sorted map after any changes, and after a checkpoint', () => {
    const price = fc.oneof(fc.integer({ min: -10, max: 30 }), fc.constantFrom(big, big + 1n));
    const change = fc.record({
      side: fc.constantFrom(BID, ASK),
      price,
      size: fc.oneof(fc.nat(3), fc.constant(big)),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const book = new OrderBook();
        const expected = { [BID]: new Map<Int64, Int64>(), [ASK]: new Map<Int64, Int64>() };
        for (const { side, price: at, size } of changes) {
          const before = book.top();
          const isChanged = book.applyDelta({ changes: [set(side, at, size)] });
          expect(isChanged).toBe(
            JSON.stringify(texts(before)) !== JSON.stringify(texts(book.top())),
          );
          if (size === 0) expected[side].delete(at);
          else expected[side].set(at, size);
        }
        const writer = new StateWriter();
        book.writeState(writer);
        const restored = new OrderBook();
        restored.readState(new StateReader(writer.finish()));
        for (const each of [book, restored]) {
          expect(each.bids(999)).toEqual(sorted(expected[BID]).reverse());
          expect(each.asks(999)).toEqual(sorted(expected[ASK]));
        }
      }),
    );
  });
});

const texts = (top: object): string[] => Object.values(top).map(String);
const sorted = (levels: ReadonlyMap<Int64, Int64>) =>
  [...levels].sort(([a], [b]) => (a < b ? -1 : 1)).map(([price, size]) => level(price, size));
