import type { ApiClient } from '../api/api-client.ts';
import { msOfNanos } from '../text/time-text.ts';
import { CandleSeries } from './candle-series.ts';
import type { ChartStep } from './chart-steps.ts';

const SECOND_MS = 1_000;
// Bars are written when their time is over. What has begun is put together from finer ones.
const FINER = [
  { name: '1m', stepMs: 60_000 },
  { name: '1s', stepMs: SECOND_MS },
] as const;

/** The candles of a step up to now; of what has not traded lately, up to its last trade. */
export async function loadCandles(
  client: Pick<ApiClient, 'bars' | 'trades'>,
  instrument: string,
  step: ChartStep,
  nowMs: number,
): Promise<CandleSeries> {
  const series = await candlesUntil(client, instrument, step, nowMs);
  if (!series.isEmpty) return series;
  const [last] = await client.trades(instrument, 1);
  if (last === undefined) return series;
  return await candlesUntil(client, instrument, step, msOfNanos(last.timeNanos) + SECOND_MS);
}

/** The last candle is put together from finer bars. */
async function candlesUntil(
  client: Pick<ApiClient, 'bars'>,
  instrument: string,
  step: ChartStep,
  nowMs: number,
): Promise<CandleSeries> {
  const series = new CandleSeries(step.stepMs);
  const begunMs = floorTo(nowMs, step.stepMs);
  let fromMs = begunMs;
  const finer = FINER.filter(({ stepMs }) => stepMs < step.stepMs).map(({ name, stepMs }) => {
    const part = { name, fromMs, toMs: floorTo(nowMs, stepMs) };
    fromMs = part.toMs;
    return part;
  });
  const whole = { name: step.name, fromMs: nowMs - step.spanMs, toMs: begunMs };
  const parts = [whole, ...finer].filter((part) => part.fromMs < part.toMs);
  const answers = await Promise.all(
    parts.map((part) => client.bars(instrument, part.name, part.fromMs, part.toMs)),
  );
  for (const bar of answers.flat()) series.applyBar(bar);
  return series;
}

const floorTo = (timeMs: number, stepMs: number): number => Math.floor(timeMs / stepMs) * stepMs;
