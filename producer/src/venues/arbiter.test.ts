import type { FeedEvent } from '@feedmill/core/event';
import { SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arbiter } from './arbiter.ts';
import { ARBITER_KEYS_MAX } from './limits.ts';

const SYMBOL = { publisherId: 1, venue: 'X', rawSymbol: 'A' };

function event(value: object, changes: Partial<FeedEvent> = {}): FeedEvent {
  const trade = { price: 1, size: 1, aggressorSide: 1, tradeId: '', ...value } as const;
  const header = { symbol: SYMBOL, tsEvent: 5n, tsEventSource: 1, tsRecv: 9n, channelId: 1 };
  return { ...header, ...changes, body: { case: 'trade', value: trade } } as FeedEvent;
}

const numbered = (sequence: number): FeedEvent =>
  event({}, { sequenceKind: SequenceKind.DENSE, sequence });

describe('Arbiter', () => {
  it('lets the first copy of a numbered event through, from whichever line it comes', () => {
    const arbiter = new Arbiter();
    const passed = [
      arbiter.isFirst(numbered(1), 0),
      arbiter.isFirst(numbered(1), 1),
      arbiter.isFirst(numbered(2), 1),
      arbiter.isFirst(numbered(2), 0),
      arbiter.isFirst(numbered(2), 0),
    ];
    expect(passed).toEqual([true, false, true, false, false]);
  });

  it('tells copies by the id of a trade and by the key of an event', () => {
    const arbiter = new Arbiter();
    expect(arbiter.isFirst(event({ tradeId: '7' }), 0)).toBe(true);
    expect(arbiter.isFirst(event({ tradeId: '7', price: 2 }), 1)).toBe(false);
    const key = { eventKey: Buffer.from('k') };
    expect(arbiter.isFirst(event({}, key), 0)).toBe(true);
    expect(arbiter.isFirst(event({}, key), 0)).toBe(false);
  });

  it('never takes equal trades of one line for copies of each other', () => {
    const arbiter = new Arbiter();
    expect(arbiter.isFirst(event({}), 0)).toBe(true);
    expect(arbiter.isFirst(event({}), 0)).toBe(true);
    expect(arbiter.isFirst(event({}), 1)).toBe(false);
    expect(arbiter.isFirst(event({}), 1)).toBe(false);
    expect(arbiter.isFirst(event({}), 1)).toBe(true);
    expect(arbiter.isFirst(event({}, { tsRecv: 77n }), 0)).toBe(false);
  });

  it('lets exactly what any single line has sent through, however lines are interleaved', () => {
    // Trades without ids, of which many are equal; every line brings all of them in order.
    const trades = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 30 });
    const turns = fc.array(fc.nat(3), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(trades, turns, (sizes, order) => {
        const arbiter = new Arbiter();
        const places = [0, 0, 0, 0];
        const passed: number[] = [];
        const bring = (line: number): void => {
          const size = sizes[places[line] as number];
          if (size === undefined) return;
          places[line] = (places[line] as number) + 1;
          if (arbiter.isFirst(event({ size }), line)) passed.push(size);
        };
        for (const line of order) bring(line);
        for (const line of places.keys()) for (const _ of sizes) bring(line);
        const up = (a: number, b: number): number => a - b;
        expect(passed.toSorted(up)).toEqual(sizes.toSorted(up));
      }),
    );
  });

  it('remembers a bounded number of events', () => {
    const arbiter = new Arbiter();
    for (let id = 0; id <= ARBITER_KEYS_MAX; id += 1) arbiter.isFirst(numbered(id), 0);
    expect(arbiter.isFirst(numbered(ARBITER_KEYS_MAX), 1)).toBe(false);
    expect(arbiter.isFirst(numbered(0), 1)).toBe(true);
  });
});
