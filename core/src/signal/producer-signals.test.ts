import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateReader } from '../state/state-reader.ts';
import { StateWriter } from '../state/state-writer.ts';
import { ProducerSignals, type SignalRules } from './producer-signals.ts';
import type { Signal } from './signal.ts';
import type { SignalRule } from './signal-rule.ts';

const APPLE = { id: 1n, name: 'AAPL.XNAS' };
const OTHER = { id: 2n, name: 'META.XNAS' };
const NANOS = 1_000_000_000;

/** Steps of one second, four a window. */
const rule = (changes: Partial<SignalRule>): SignalRule => ({
  name: 'it',
  kind: 'price-move',
  instruments: ['*'],
  windowMs: 4_000,
  steps: 4,
  threshold: 0.1,
  cooldownMs: 0,
  alert: false,
  ...changes,
});

class Feed {
  readonly found: Signal[] = [];
  inForce: SignalRules;
  #signals: ProducerSignals;

  constructor(...rules: SignalRule[]) {
    this.inForce = { rules };
    this.#signals = this.#new();
  }

  /** Seconds of event time, price and size in whole units. */
  trade(seconds: number, price: number, size = 1, instrument = APPLE): Signal[] {
    const before = this.found.length;
    this.#signals.onTrade(instrument, seconds * 1_000, price * NANOS, size * NANOS);
    return this.found.slice(before);
  }

  news(seconds: number, score: number, instrument = APPLE): Signal[] {
    const before = this.found.length;
    this.#signals.onNews(instrument, seconds * 1_000, score);
    return this.found.slice(before);
  }

  restart(): void {
    const writer = new StateWriter();
    this.#signals.writeState(writer);
    this.#signals = this.#new();
    this.#signals.readState(new StateReader(writer.finish()));
  }

  #new(): ProducerSignals {
    return new ProducerSignals(
      () => this.inForce,
      (signal) => this.found.push(signal),
    );
  }
}

const told = (signals: readonly Signal[]) => signals.map(({ value, base }) => [value, base]);

describe('a return', () => {
  it('is that of the prices at both ends of the window, at each step with trades', () => {
    const feed = new Feed(rule({ kind: 'return', threshold: 0 }));
    for (const [second, price] of [100, 101, 102, 103, 110].entries()) {
      expect(feed.trade(second, price)).toEqual([]);
    }
    const [signal] = feed.trade(5, 120);
    expect(signal).toMatchObject({ tsMs: 5_000, base: 100 * NANOS, isAlert: false });
    expect(signal?.value).toBeCloseTo(0.1, 12);
    // Three steps without a trade: the price stays as it was.
    const [later] = feed.trade(9, 121);
    expect(later?.tsMs).toBe(6_000);
    expect(later?.value).toBeCloseTo(120 / 101 - 1, 12);
  });
});

describe('volatility', () => {
  it('is the root of the sum of the squared returns of the steps', () => {
    const feed = new Feed(rule({ kind: 'volatility', threshold: 0 }));
    for (const [second, price] of [100, 110, 99, 99, 108.9].entries()) feed.trade(second, price);
    expect(feed.trade(5, 1)[0]?.value).toBeCloseTo(Math.sqrt(0.03), 12);
  });

  it('is an alert from its threshold on, and not again before the cooldown is over', () => {
    const feed = new Feed(
      rule({ kind: 'volatility', threshold: 0.05, cooldownMs: 2_000, alert: true }),
    );
    const prices = [100, 110, 99, 110, 99, 110, 99, 110, 99];
    const found = prices.flatMap((price, second) => feed.trade(second, price));
    expect(found.map(({ isAlert }) => isAlert)).toEqual([true, false, true, false]);
  });
});

describe('a volume spike', () => {
  it('is a step with so many times the median volume of the steps before', () => {
    const feed = new Feed(rule({ kind: 'volume-spike', threshold: 3 }));
    for (const [second, size] of [10, 20, 30, 1_000].entries()) {
      expect(feed.trade(second, 100, size)).toEqual([]);
    }
    expect(feed.trade(4, 100, 50)).toEqual([]);
    expect(told(feed.trade(4.5, 100, 25))).toEqual([[3, 25 * NANOS]]);
  });

  it('is none before the window is full, and none where most of it was idle', () => {
    const feed = new Feed(rule({ kind: 'volume-spike', threshold: 3 }));
    feed.trade(0, 100, 1);
    expect(feed.trade(1, 100, 1_000)).toEqual([]);
    expect(feed.trade(60, 100, 1_000)).toEqual([]);
  });
});

describe('a large trade', () => {
  it('is one whose notional reaches the threshold', () => {
    const feed = new Feed(rule({ kind: 'large-trade', threshold: 1_000 }));
    expect(feed.trade(0, 99.9, 10)).toEqual([]);
    expect(told(feed.trade(0, 100, 10))).toEqual([[1_000, 100 * NANOS]]);
  });
});

describe('a price move', () => {
  it('is the distance from the lowest or highest price of the window', () => {
    const feed = new Feed(rule({}));
    expect(feed.trade(0, 100)).toEqual([]);
    expect(feed.trade(1, 109)).toEqual([]);
    expect(feed.trade(2, 110)[0]?.value).toBeCloseTo(0.1, 12);
    const [fall] = feed.trade(3, 95);
    expect(fall?.value).toBeCloseTo(95 / 110 - 1, 12);
    expect(fall?.base).toBe(110 * NANOS);
    // The 110 of the third second has left the window.
    expect(feed.trade(8, 96)).toEqual([]);
  });

  it('by a trade that comes late is none', () => {
    const feed = new Feed(rule({}));
    feed.trade(5, 100);
    expect(feed.trade(4, 200)).toEqual([]);
    expect(feed.trade(5, 101)).toEqual([]);
  });

  it('is said once, until the cooldown is over', () => {
    const feed = new Feed(rule({ cooldownMs: 3_000, alert: true }));
    const found = [100, 111, 112, 113, 114, 115].flatMap((price, at) => feed.trade(at, price));
    expect(found.map(({ tsMs, isAlert }) => [tsMs, isAlert])).toEqual([
      [1_000, true],
      [4_000, true],
    ]);
  });
});

describe('a news shock', () => {
  it('is the sum of what news of the window say', () => {
    const feed = new Feed(rule({ kind: 'news-shock', threshold: 1 }));
    expect(feed.news(0, -0.6)).toEqual([]);
    expect(told(feed.news(2, -0.5))).toEqual([[-1.1, 0]]);
    expect(feed.news(2, 0.4)).toEqual([]);
    expect(feed.news(60, -0.6)).toEqual([]);
    // A source that is late: what it says counts now.
    expect(told(feed.news(10, -0.6))).toEqual([[-1.2, 0]]);
  });
});

describe('rules', () => {
  it('are about the instruments that they name, with stars for what may differ', () => {
    const named = (...instruments: string[]) =>
      new Feed(rule({ kind: 'large-trade', threshold: 1, instruments }));
    const fits = (pattern: string) => named(pattern).trade(0, 100).length === 1;
    for (const pattern of ['*', 'AAPL.XNAS', 'AAPL.*', '*.XNAS', 'A*L*N*S', '**']) {
      expect(fits(pattern), pattern).toBe(true);
    }
    for (const pattern of [
      'AAPL',
      '*.ARCX',
      'AAPL.XNAS*X',
      'AAPL.XNAS.*',
      'A*Q*',
      'AA*AAPL.XNAS',
    ]) {
      expect(fits(pattern), pattern).toBe(false);
    }
  });

  it('hold for each instrument by itself', () => {
    const feed = new Feed(rule({}));
    feed.trade(0, 100);
    expect(feed.trade(1, 200, 1, OTHER)).toEqual([]);
    expect(feed.trade(1, 200)).toHaveLength(1);
  });

  it('that stay as they were keep what they know when others come', () => {
    const feed = new Feed(rule({}));
    feed.trade(0, 100);
    feed.inForce = { rules: [rule({ name: 'other' }), rule({})] };
    expect(feed.trade(1, 120).map((signal) => signal.rule.name)).toEqual(['it']);
    feed.inForce = { rules: [rule({ threshold: 0.2 })] };
    expect(feed.trade(2, 200)).toEqual([]);
  });
});

it('a feed that goes on from its state finds what one that went through finds', () => {
  const kinds = ['return', 'volatility', 'volume-spike', 'large-trade', 'price-move'] as const;
  const rules = kinds.map((kind) =>
    rule({ kind, name: kind, threshold: kind === 'large-trade' ? 300 : 0.05, cooldownMs: 500 }),
  );
  const shock = rule({ kind: 'news-shock', name: 'news', threshold: 0.5 });
  const step = fc.tuple(
    fc.nat(1_500),
    fc.integer({ min: 90, max: 110 }),
    fc.integer({ min: 1, max: 5 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, cut) => {
      const run = (isRestarted: boolean): Signal[] => {
        const feed = new Feed(...rules, shock);
        let ms = 0;
        for (const [at, [delayMs, price, size]] of steps.entries()) {
          if (isRestarted && at === cut) feed.restart();
          ms += delayMs - 200;
          feed.trade(ms / 1_000, price, size);
          feed.news(ms / 1_000, (price - 100) / 10);
        }
        return feed.found;
      };
      expect(run(true)).toEqual(run(false));
    }),
  );
});
