import { describe, expect, it } from 'vitest';
import { decodeLiveState, encodeLiveState } from './live-state.ts';

describe('the state of a live feed', () => {
  it('comes back with every digit of its numbers', () => {
    const state = {
      session: 'abc',
      places: [{ publisherId: 1, venue: 'BINANCE', rawSymbol: 'BTCUSDT' }],
      epochs: new Map([
        [
          3,
          {
            epoch: 2,
            highest: 17_843_232_920_108_168_701n,
            tsEvent: 1_700_000_000_000_000_001n,
            isChained: true,
          },
        ],
        [11, { epoch: 0, highest: 5, tsEvent: 0n, isChained: false }],
      ]),
    };
    expect(decodeLiveState(encodeLiveState(state))).toEqual(state);
  });

  it.each(['', '{', '{"format":2}', '{"format":1,"session":"a","places":[],"epochs":[1]}'])(
    'is none where the text is %s',
    (text) => {
      expect(decodeLiveState(text)).toBeUndefined();
    },
  );
});
