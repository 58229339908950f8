import { UNDEF_PRICE } from '@feedmill/core/event';
import { divideHalfEven } from '@feedmill/core/fixed-point';
import { stableId } from '@feedmill/core/stable-id';
import { AggressorSide, CorrectionKind } from '@feedmill/proto/feedmill/v1/event_pb';
import type { SqlRow } from '../postgres/sql-value.ts';
import type { PlannedFeed } from '../workload/planned-event.ts';
import type { Outcome } from './outcome.ts';

const STEPS_MS = [1_000, 60_000, 300_000] as const;
const NANOS_PER_MS = 1_000_000n;

interface OfflineTrade {
  readonly instrument: bigint;
  readonly id: string;
  readonly tsEvent: bigint;
  readonly sequence: number;
  readonly side: AggressorSide;
  price: bigint;
  size: bigint;
  isAlive: boolean;
  /** Steps whose bar still took trades when it came. */
  readonly steps: readonly number[];
}

/** Recomputes every bar that must stand, from all trades at once, and compares. */
export function checkBars(outcome: Outcome): void {
  const { findings, feeds, postgres, options } = outcome;
  const rows = postgres.table('bar').rows;
  const known = new Set<string>();
  for (const feed of feeds) {
    for (const [key, bar] of offlineBars(feed, options.worker.allowedLatenessMs)) {
      known.add(key);
      const row = rows.get(key);
      for (const [column, value] of Object.entries(bar)) {
        if (row?.[column] === value) continue;
        findings.add(
          'bars',
          `${feed.producer}: ${column} of bar ${key} is ${String(row?.[column])}, not ` +
            String(value),
        );
        return;
      }
    }
  }
}

/** The bars whose end the watermark has passed, by their key. */
function offlineBars(feed: PlannedFeed, latenessMs: number): Map<string, SqlRow> {
  const trades: OfflineTrade[] = [];
  let watermarkMs = Number.NEGATIVE_INFINITY;
  for (const [index, { event, outcome }] of feed.events.entries()) {
    // The repetition of an event and one that cannot be read move nothing.
    if (outcome.kind === 'duplicate') continue;
    const atMs = Number(event.tsEvent / NANOS_PER_MS);
    watermarkMs = Math.max(watermarkMs, atMs);
    if (outcome.kind === 'dead letter') continue;
    const instrument = stableId(`${event.symbol.rawSymbol}.XSIM`);
    if (event.body.case === 'trade') {
      const { price, size, aggressorSide, tradeId } = event.body.value;
      trades.push({
        instrument,
        id: tradeId,
        tsEvent: event.tsEvent,
        sequence: index + 1,
        side: aggressorSide,
        price: BigInt(price),
        size: BigInt(size),
        isAlive: true,
        steps: STEPS_MS.filter((step) => !isFinal(atMs, step, watermarkMs, latenessMs)),
      });
    } else if (event.body.case === 'correction') {
      const { correctsTradeId, kind, price = 0n, size = 0n } = event.body.value;
      const about = trades.findLast(
        (trade) => trade.instrument === instrument && trade.id === correctsTradeId,
      );
      if (about === undefined || !about.isAlive || about.steps[0] !== STEPS_MS[0]) continue;
      // Once its smallest bar is final, the trade is no longer known.
      const aboutMs = Number(about.tsEvent / NANOS_PER_MS);
      if (isFinal(aboutMs, STEPS_MS[0], watermarkMs, latenessMs)) continue;
      if (kind === CorrectionKind.CANCEL) about.isAlive = false;
      else Object.assign(about, { price, size });
    }
  }
  return barsOf(stableId(feed.producer), trades, watermarkMs, latenessMs);
}

const closeOf = (atMs: number, stepMs: number): number => (Math.floor(atMs / stepMs) + 1) * stepMs;

const isFinal = (atMs: number, stepMs: number, watermarkMs: number, latenessMs: number): boolean =>
  closeOf(atMs, stepMs) + latenessMs <= watermarkMs;

function barsOf(
  producerId: bigint,
  trades: readonly OfflineTrade[],
  watermarkMs: number,
  latenessMs: number,
): Map<string, SqlRow> {
  const groups = new Map<string, OfflineTrade[]>();
  for (const trade of trades) {
    if (!trade.isAlive) continue;
    const atMs = Number(trade.tsEvent / NANOS_PER_MS);
    for (const step of trade.steps) {
      const openMs = closeOf(atMs, step) - step;
      if (openMs + step > watermarkMs) continue;
      const openNanos = BigInt(openMs) * NANOS_PER_MS;
      const key = `${trade.instrument}|${step}|${openNanos}|${producerId}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [trade]);
      else group.push(trade);
    }
  }
  const bars = new Map<string, SqlRow>();
  for (const [key, group] of groups) {
    const [, step = '', open = ''] = key.split('|');
    const closeMs = Number(BigInt(open) / NANOS_PER_MS) + Number(step);
    bars.set(key, { ...figuresOf(group), is_final: closeMs + latenessMs <= watermarkMs });
  }
  return bars;
}

function figuresOf(trades: readonly OfflineTrade[]): SqlRow {
  const byTime = [...trades].sort((one, other) =>
    one.tsEvent === other.tsEvent
      ? one.sequence - other.sequence
      : Number(one.tsEvent - other.tsEvent),
  );
  const prices = trades.map(({ price }) => price);
  const sequences = trades.map(({ sequence }) => sequence);
  const sizeOf = (some: readonly OfflineTrade[]): bigint =>
    some.reduce((sum, { size }) => sum + size, 0n);
  const volume = sizeOf(trades);
  const notional = trades.reduce((sum, { price, size }) => sum + price * size, 0n);
  return {
    open: byTime[0]?.price ?? UNDEF_PRICE,
    close: byTime.at(-1)?.price ?? UNDEF_PRICE,
    high: prices.reduce((high, price) => (price > high ? price : high)),
    low: prices.reduce((low, price) => (price < low ? price : low)),
    trade_count: BigInt(trades.length),
    volume,
    notional,
    vwap: volume === 0n ? UNDEF_PRICE : divideHalfEven(notional, volume),
    buy_volume: sizeOf(trades.filter(({ side }) => side === AggressorSide.BUY)),
    sell_volume: sizeOf(trades.filter(({ side }) => side === AggressorSide.SELL)),
    first_sequence: BigInt(Math.min(...sequences)),
    last_sequence: BigInt(Math.max(...sequences)),
  };
}
