import type { BarStep } from './bar-steps.ts';
import { firstBar, ROLLED_BARS, STORED_BARS } from './bars.ts';
import type { Reader } from './database.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import type { TimeRange } from './time-range.ts';

export interface BarsRequest extends Omit<PageRequest, 'filter' | 'part'> {
  readonly instrumentIds: readonly string[];
  readonly step: BarStep;
  /** Bars as they were known then, ns; undefined for as they are. */
  readonly asOf: bigint | undefined;
  /** Stored bars that one page of larger ones reads at most, about. */
  readonly rollUpRowsMax: number;
}

const INT64_MAX = 9_223_372_036_854_775_807n;
const NANOS_PER_MS = 1_000_000n;

/** A page of bars: as they are stored, or made of smaller ones. */
export async function readBars(reader: Reader, request: BarsRequest): Promise<Page> {
  const { instrumentIds, step, asOf, rollUpRowsMax, ...page } = request;
  const { stepMs, baseMs, source } = step;
  const filter = [instrumentIds, baseMs, stepMs, asOf === undefined ? null : String(asOf)];
  if (stepMs === baseMs) return await readPage(reader, STORED_BARS[source], { ...page, filter });
  const { order, limit } = request;
  const rowsOfOne = (stepMs / baseMs) * instrumentIds.length;
  const bars = Math.min(limit + 1, Math.max(1, Math.floor(rollUpRowsMax / rowsOfOne)));
  const span = BigInt(bars) * BigInt(stepMs) * NANOS_PER_MS;
  return await readPage(reader, ROLLED_BARS[source], {
    ...page,
    filter,
    // Feeds pause at night and over weekends: a page begins where bars are.
    async part(left) {
      const within = wholeSteps(left, stepMs);
      const [[found] = []] = await reader.rows(firstBar(source, order), [
        instrumentIds,
        baseMs,
        within.from,
        within.to,
      ]);
      if (found === null || found === undefined) return undefined;
      const start = floorTo(BigInt(found as string), stepMs);
      if (order === 'asc') return { from: start, to: least(within.to, start + span) };
      const end = start + BigInt(stepMs) * NANOS_PER_MS;
      return { from: most(within.from, end - span), to: least(within.to, end) };
    },
  });
}

/** The whole intervals that begin in a range. */
const wholeSteps = ({ from, to }: TimeRange, stepMs: number): TimeRange => ({
  from: ceilTo(from, stepMs),
  to: ceilTo(to, stepMs),
});

function floorTo(nanos: bigint, stepMs: number): bigint {
  const step = BigInt(stepMs) * NANOS_PER_MS;
  return nanos - (((nanos % step) + step) % step);
}

function ceilTo(nanos: bigint, stepMs: number): bigint {
  const floor = floorTo(nanos, stepMs);
  return floor === nanos ? nanos : least(floor + BigInt(stepMs) * NANOS_PER_MS, INT64_MAX);
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);
const most = (one: bigint, other: bigint): bigint => (one > other ? one : other);
