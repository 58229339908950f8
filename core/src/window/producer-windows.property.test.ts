import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Int64, UNDEF_PRICE } from '../event.ts';
import { canonicalInt64, divideHalfEven } from '../fixed-point.ts';
import { StateReader } from '../state/state-reader.ts';
import { StateWriter } from '../state/state-writer.ts';
import { UpdateBit } from '../wire/trade-view.ts';
import type { Bar } from './bar.ts';
import { ProducerWindows, TradeOutcome } from './producer-windows.ts';

const BILLION = 1_000_000_000;
const BUY = 1;
const SELL = 2;
const options = { stepsSeconds: [1, 4, 12], allowedLatenessMs: 1500, retainedTradesMax: 1024 };

const amount: fc.Arbitrary<Int64> = fc
  .oneof(
    {
      weight: 8,
      arbitrary: fc.integer({ min: -5, max: 40 }).map((units) => BigInt(units) * 10n ** 9n),
    },
    { weight: 2, arbitrary: fc.maxSafeInteger().map(BigInt) },
    { weight: 1, arbitrary: fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 62n }) },
  )
  .map(canonicalInt64);

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('trade' as const),
      // At the watermark, ahead of it or behind it, mostly within the same second.
      offsetMs: fc.oneof(
        fc.constantFrom(0, 0, 1, -1),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: -2500, max: 0 }),
        fc.integer({ min: -14_000, max: 900 }),
      ),
      nanos: fc.constantFrom(0, 0, 1, 999_999),
      instrument: fc.nat(1),
      price: amount,
      size: amount,
      side: fc.nat(4),
      updates: fc.oneof(fc.constant(UpdateBit.ALL as number), fc.nat(UpdateBit.ALL)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('correction' as const),
      back: fc.nat(12),
      amounts: fc.option(fc.record({ price: amount, size: amount }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      byMs: fc.oneof(fc.nat(3000), fc.nat(40_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('gap' as const),
      instrument: fc.option(fc.nat(1), { nil: undefined }),
      seconds: fc.nat(4),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface OracleTrade {
  readonly instrument: number;
  readonly nanos: bigint;
  readonly sequence: number;
  readonly side: number;
  readonly updates: number;
  price: bigint;
  size: bigint;
  isAlive: boolean;
  /** Steps whose bar was not final when the trade came. */
  readonly steps: readonly number[];
}

const isFinalAt = (seconds: number, stepSeconds: number, watermarkMs: number): boolean =>
  (Math.floor(seconds / stepSeconds) + 1) * stepSeconds * 1000 + options.allowedLatenessMs <=
  watermarkMs;

/** The bar's figures, computed anew from all its trades in bigints. */
function figures(trades: readonly OracleTrade[]): Record<string, unknown> {
  const counting = trades.filter(({ updates }) => updates !== 0);
  const having = (bit: number): OracleTrade[] => counting.filter(({ updates }) => updates & bit);
  const volumeTrades = having(UpdateBit.VOLUME);
  const sum = (some: readonly OracleTrade[]): bigint =>
    some.reduce((all, { size }) => all + size, 0n);
  const notional = volumeTrades.reduce((all, { price, size }) => all + price * size, 0n);
  const volume = sum(volumeTrades);
  const byTime = having(UpdateBit.LAST).sort(
    (a, b) => Number(a.nanos - b.nanos) || a.sequence - b.sequence,
  );
  const prices = having(UpdateBit.HIGH_LOW)
    .map(({ price }) => price)
    .sort((a, b) => (a < b ? -1 : 1));
  const sequences = counting.map(({ sequence }) => sequence);
  return {
    open: byTime[0]?.price ?? UNDEF_PRICE,
    close: byTime.at(-1)?.price ?? UNDEF_PRICE,
    high: prices.at(-1) ?? UNDEF_PRICE,
    low: prices[0] ?? UNDEF_PRICE,
    volume,
    notional,
    vwap: volume === 0n ? UNDEF_PRICE : divideHalfEven(notional, volume),
    tradeCount: volumeTrades.length,
    buyVolume: sum(volumeTrades.filter(({ side }) => side === BUY)),
    sellVolume: sum(volumeTrades.filter(({ side }) => side === SELL)),
    firstSequence: counting.length === 0 ? 0 : Math.min(...sequences),
    lastSequence: counting.length === 0 ? 0 : Math.max(...sequences),
  };
}

const figuresOf = (bar: Bar): Record<string, unknown> => ({
  ...Object.fromEntries(
    (['open', 'close', 'high', 'low', 'volume', 'vwap', 'buyVolume', 'sellVolume'] as const).map(
      (name) => [name, BigInt(bar[name])],
    ),
  ),
  notional: bar.notional,
  tradeCount: bar.tradeCount,
  firstSequence: bar.firstSequence,
  lastSequence: bar.lastSequence,
});

const nameOf = (instrument: number, stepSeconds: number, startSeconds: number): string =>
  `${instrument}/${stepSeconds}/${startSeconds}`;

/** The trades that survive, by the bars that have to hold them. */
function tradesByBar(trades: readonly OracleTrade[]): Map<string, OracleTrade[]> {
  const byBar = new Map<string, OracleTrade[]>();
  for (const trade of trades) {
    const seconds = Number(trade.nanos / BigInt(BILLION));
    for (const size of trade.isAlive && trade.updates !== 0 ? trade.steps : []) {
      const name = nameOf(trade.instrument, size, Math.floor(seconds / size) * size);
      const known = byBar.get(name);
      if (known === undefined) byBar.set(name, [trade]);
      else known.push(trade);
    }
  }
  return byBar;
}

/** Plays steps into windows and into an oracle that remembers every trade. */
class Playback {
  windows: ProducerWindows;
  readonly trades: OracleTrade[] = [];
  readonly emitted: { readonly instrumentId: number; readonly bar: Bar }[] = [];
  watermarkMs = 1_000_000;

  constructor(retainedTradesMax = options.retainedTradesMax) {
    this.windows = this.#fresh(retainedTradesMax);
    this.#advanceTo(this.watermarkMs);
  }

  /** Goes on with what a checkpoint restores; returns the checkpoint's bytes. */
  restart(retainedTradesMax = options.retainedTradesMax): Uint8Array {
    const bytes = this.encode();
    this.windows = this.#fresh(retainedTradesMax);
    const reader = new StateReader(bytes);
    this.windows.readState(reader);
    if (!reader.isAtEnd) throw new Error('the checkpoint holds more than was read');
    return bytes;
  }

  encode(): Uint8Array {
    const writer = new StateWriter();
    this.windows.writeState(writer);
    return writer.finish();
  }

  play(each: Step, isAdvancedApart = false): number {
    switch (each.kind) {
      case 'trade':
        return this.#trade(each, isAdvancedApart);
      case 'correction':
        return this.#correct(each);
      case 'advance':
        this.#advanceTo(this.watermarkMs + each.byMs);
        return 0;
      case 'flush':
        this.windows.flush();
        return 0;
      case 'gap': {
        const { instrument } = each;
        const at = Math.floor(this.watermarkMs / 1000);
        const handle = instrument === undefined ? undefined : this.windows.instrument(instrument);
        this.windows.markGap(handle, at - each.seconds, at);
        return 0;
      }
    }
  }

  /** Whether a correction must find the trade: it is alive, its smallest bar not final. */
  isKnown(back: number): boolean {
    const trade = this.trades.at(-1 - back);
    const [smallest] = options.stepsSeconds as [number];
    if (trade?.isAlive !== true || !trade.steps.includes(smallest)) return false;
    return !isFinalAt(Number(trade.nanos / BigInt(BILLION)), smallest, this.watermarkMs);
  }

  finish(): void {
    this.#advanceTo(this.watermarkMs + 100_000);
  }

  #fresh(retainedTradesMax: number): ProducerWindows {
    return new ProducerWindows((instrumentId, bar) => this.emitted.push({ instrumentId, bar }), {
      ...options,
      retainedTradesMax,
    });
  }

  #advanceTo(ms: number): void {
    this.windows.advance(Math.floor(ms / 1000), (ms % 1000) * 1_000_000);
    this.watermarkMs = Math.max(this.watermarkMs, ms);
  }

  #trade(each: Step & { kind: 'trade' }, isAdvancedApart: boolean): number {
    const ms = this.watermarkMs + each.offsetMs;
    const seconds = Math.floor(ms / 1000);
    const nanos = (ms % 1000) * 1_000_000 + each.nanos;
    if (isAdvancedApart) this.windows.advance(seconds, nanos);
    this.watermarkMs = Math.max(this.watermarkMs, ms);
    const sequence = this.trades.length + 1;
    this.trades.push({
      ...each,
      nanos: BigInt(seconds) * BigInt(BILLION) + BigInt(nanos),
      sequence,
      price: BigInt(each.price),
      size: BigInt(each.size),
      isAlive: true,
      steps: options.stepsSeconds.filter((size) => !isFinalAt(seconds, size, this.watermarkMs)),
    });
    return this.windows.addTrade(
      this.windows.instrument(each.instrument),
      seconds,
      nanos,
      each.price,
      each.size,
      each.side,
      sequence,
      Math.imul(sequence, 0x9e3779b9) >>> 0,
      sequence,
      each.updates,
    );
  }

  #correct({ back, amounts }: Step & { kind: 'correction' }): number {
    const trade = this.trades.at(-1 - back);
    if (trade === undefined) return TradeOutcome.UNKNOWN;
    const handle = this.windows.instrument(trade.instrument);
    const seconds = Number(trade.nanos / BigInt(BILLION));
    const idLo = Math.imul(trade.sequence, 0x9e3779b9) >>> 0;
    const outcome =
      amounts === undefined
        ? this.windows.cancelTrade(handle, seconds, idLo, trade.sequence)
        : this.windows.correctTrade(
            handle,
            seconds,
            idLo,
            trade.sequence,
            amounts.price,
            amounts.size,
          );
    if (outcome === TradeOutcome.UNKNOWN) return outcome;
    if (amounts === undefined) trade.isAlive = false;
    else {
      trade.price = BigInt(amounts.price);
      trade.size = BigInt(amounts.size);
    }
    return outcome;
  }
}

const runs = { numRuns: 200 };
const steps = fc.array(step, { maxLength: 80, size: 'max' });

describe('bars over any arrival of trades, corrections, gaps and disconnects', () => {
  it('end as an offline recomputation of the trades that survive says', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const playback = new Playback();
        for (const each of all) playback.play(each);
        playback.finish();
        const last = new Map<string, Bar>();
        for (const { instrumentId, bar } of playback.emitted) {
          const name = nameOf(instrumentId, bar.stepSeconds, bar.tsOpenSeconds);
          const before = last.get(name);
          expect(before?.isFinal ?? false).toBe(false);
          // Every revision is one more, and only the final one may repeat what was published.
          const isRepeated = bar.isFinal && bar.revision === before?.revision;
          if (!isRepeated) expect(bar.revision).toBe((before?.revision ?? -1) + 1);
          last.set(name, bar);
        }
        const expected = tradesByBar(playback.trades);
        for (const [name, bar] of last) {
          expect(bar.isFinal).toBe(true);
          expect(figuresOf(bar)).toEqual(figures(expected.get(name) ?? []));
          expected.delete(name);
        }
        expect([...expected.keys()]).toEqual([]);
      }),
      runs,
    );
  });

  it('are up to date after every step as soon as the watermark has passed their end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (all) => {
        const playback = new Playback();
        for (const each of all) {
          playback.play(each);
          const expected = tradesByBar(playback.trades);
          const last = new Map(
            playback.emitted.map(({ instrumentId, bar }) => [
              nameOf(instrumentId, bar.stepSeconds, bar.tsOpenSeconds),
              bar,
            ]),
          );
          for (const name of new Set([...expected.keys(), ...last.keys()])) {
            const bar = last.get(name);
            const [, stepSeconds, startSeconds] = name.split('/').map(Number) as [
              number,
              number,
              number,
            ];
            const isClosed = (startSeconds + stepSeconds) * 1000 <= playback.watermarkMs;
            // Only a disconnect publishes a bar before that.
            if (!isClosed && !all.some(({ kind }) => kind === 'flush')) expect(bar).toBe(undefined);
            if (!isClosed) continue;
            expect(bar === undefined ? bar : figuresOf(bar)).toEqual(
              figures(expected.get(name) ?? []),
            );
          }
        }
      }),
      runs,
    );
  });

  it('tell of a trade whether it came too late, and of a correction whether it is known', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const playback = new Playback();
        for (const each of all) {
          const isKnown = each.kind === 'correction' && playback.isKnown(each.back);
          const outcome = playback.play(each);
          if (each.kind === 'correction') expect(outcome !== TradeOutcome.UNKNOWN).toBe(isKnown);
          const trade = playback.trades.at(-1);
          if (each.kind !== 'trade' || trade === undefined) continue;
          const isTooLate = trade.steps.length < options.stepsSeconds.length;
          expect((outcome & TradeOutcome.TOO_LATE) !== 0).toBe(isTooLate);
        }
      }),
      runs,
    );
  });

  it('do not depend on whether the watermark is advanced before a trade or with it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [together, apart] = [new Playback(), new Playback()];
        for (const each of all) expect(together.play(each)).toBe(apart.play(each, true));
        expect(apart.emitted).toEqual(together.emitted);
      }),
      runs,
    );
  });

  it('go on after a checkpoint as if there had been none', () => {
    const retention = fc.constantFrom(4, 16, 1024);
    fc.assert(
      fc.property(steps, steps, retention, (prefix, suffix, retained) => {
        const [whole, restarted] = [new Playback(retained), new Playback(retained)];
        for (const each of prefix) expect(restarted.play(each)).toBe(whole.play(each));
        expect(restarted.restart(retained)).toEqual(restarted.encode());
        for (const each of suffix) expect(restarted.play(each)).toBe(whole.play(each));
        whole.finish();
        restarted.finish();
        expect(restarted.emitted).toEqual(whole.emitted);
        expect(restarted.encode()).toEqual(whole.encode());
      }),
      runs,
    );
  });
});
