import type { Bar, BarQuality, Trade } from '../api/shapes.ts';
import type { Nanos } from '../text/decimal.ts';
import { msOfNanos } from '../text/time-text.ts';

/** What stands in one interval of the chart. */
export interface Candle {
  readonly startMs: number;
  readonly open: Nanos;
  readonly high: Nanos;
  readonly low: Nanos;
  readonly close: Nanos;
  readonly volume: Nanos;
  readonly quality: BarQuality;
  /** Nothing in it can change any more. */
  readonly isFinal: boolean;
  /** Some of it is put together here, from trades whose bar has not come yet. */
  readonly isLive: boolean;
}

/** A stretch of an interval: a bar, or the trades of a second that has no bar yet. */
interface Piece extends Candle {
  readonly stepMs: number;
  readonly revision: number;
}

// The finest bars there are; trades wait in stretches of this for theirs.
const TRADE_STEP_MS = 1_000;

const SEVERITY: Readonly<Record<BarQuality, number>> = { ok: 0, stale: 1, partial: 2, gap: 3 };

const floorTo = (timeMs: number, stepMs: number): number => Math.floor(timeMs / stepMs) * stepMs;
const max = (a: Nanos, b: Nanos): Nanos => (a > b ? a : b);
const min = (a: Nanos, b: Nanos): Nanos => (a < b ? a : b);
const worse = (a: BarQuality, b: BarQuality): BarQuality => (SEVERITY[a] >= SEVERITY[b] ? a : b);

/**
 * Candles of one step, put together from bars of that and of finer steps, and from trades for what
 * has no bar yet. A bar stands for everything finer inside it; a newer revision replaces an older
 * one. Sums and extremes are exact, whatever the order in which things come.
 */
export class CandleSeries {
  readonly stepMs: number;
  readonly #pieces = new Map<number, Map<number, Piece>>();
  readonly #changed = new Set<number>();

  /** @param stepMs width of a candle, a whole number of seconds */
  constructor(stepMs: number) {
    this.stepMs = stepMs;
  }

  get isEmpty(): boolean {
    return this.#pieces.size === 0;
  }

  /** Bars of a step that does not divide the candle's are left aside. */
  applyBar(bar: Bar): void {
    if (this.stepMs % bar.stepMs !== 0) return;
    const pieces = this.#piecesAt(bar.startMs);
    const known = this.#covering(pieces, bar.startMs, bar.stepMs);
    if (known !== undefined && !known.isLive) {
      if (known.stepMs > bar.stepMs) return;
      if (known.stepMs === bar.stepMs && known.revision > bar.revision) return;
    }
    for (const start of pieces.keys()) {
      if (start >= bar.startMs && start < bar.startMs + bar.stepMs) pieces.delete(start);
    }
    pieces.set(bar.startMs, { ...bar, isLive: false });
  }

  /** A trade whose bar is there already is left aside: the bar has it, or its revision will. */
  applyTrade({ timeNanos, price, size }: Trade): void {
    const startMs = floorTo(msOfNanos(timeNanos), TRADE_STEP_MS);
    const pieces = this.#piecesAt(startMs);
    const known = this.#covering(pieces, startMs, TRADE_STEP_MS);
    if (known?.isLive === false) return;
    pieces.set(startMs, {
      startMs,
      stepMs: TRADE_STEP_MS,
      open: known?.open ?? price,
      high: max(known?.high ?? price, price),
      low: min(known?.low ?? price, price),
      close: price,
      volume: (known?.volume ?? 0n) + size,
      quality: 'ok',
      revision: -1,
      isFinal: false,
      isLive: true,
    });
  }

  /** All candles, oldest first. */
  candles(): Candle[] {
    const starts = [...this.#pieces.keys()].sort((a, b) => a - b);
    return starts.flatMap((start) => this.#fold(start) ?? []);
  }

  /** The candles that changed since the last call, oldest first. */
  takeChanged(): Candle[] {
    const starts = [...this.#changed].sort((a, b) => a - b);
    this.#changed.clear();
    return starts.flatMap((start) => this.#fold(start) ?? []);
  }

  #piecesAt(timeMs: number): Map<number, Piece> {
    const start = floorTo(timeMs, this.stepMs);
    this.#changed.add(start);
    const pieces = this.#pieces.get(start) ?? new Map<number, Piece>();
    this.#pieces.set(start, pieces);
    return pieces;
  }

  /** The piece that a stretch lies in, if there is one. */
  #covering(pieces: Map<number, Piece>, startMs: number, stepMs: number): Piece | undefined {
    const same = pieces.get(startMs);
    if (same !== undefined && same.stepMs >= stepMs) return same;
    for (const piece of pieces.values()) {
      const isInside = piece.startMs <= startMs && startMs < piece.startMs + piece.stepMs;
      if (isInside && piece.stepMs > stepMs) return piece;
    }
    return undefined;
  }

  #fold(startMs: number): Candle | undefined {
    const pieces = [...(this.#pieces.get(startMs)?.values() ?? [])];
    const [first, ...rest] = pieces.sort((a, b) => a.startMs - b.startMs);
    if (first === undefined) return undefined;
    let candle: Candle = { ...first, startMs };
    for (const piece of rest) {
      candle = {
        startMs,
        open: candle.open,
        high: max(candle.high, piece.high),
        low: min(candle.low, piece.low),
        close: piece.close,
        volume: candle.volume + piece.volume,
        quality: worse(candle.quality, piece.quality),
        isFinal: candle.isFinal && piece.isFinal,
        isLive: candle.isLive || piece.isLive,
      };
    }
    // A whole bar says itself whether it is final; what is put together waits for it.
    const isWhole = rest.length === 0 && first.stepMs === this.stepMs;
    return isWhole ? candle : { ...candle, isFinal: false };
  }
}
