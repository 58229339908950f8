import type { NewsItem } from '../api/shapes.ts';
import { msOfNanos } from '../text/time-text.ts';

/** News that stand at one candle. */
export interface NewsPin {
  readonly startMs: number;
  /** Newest first. */
  readonly items: readonly NewsItem[];
  readonly sentiment: NewsItem['sentiment'] | 'mixed';
}

/**
 * Pins each item to the candle that its time lies in, or to the last one before it where nothing
 * was traded. Items before the first candle have no place.
 *
 * @param startsMs starts of the candles, oldest first
 */
export function pinNews(news: readonly NewsItem[], startsMs: readonly number[]): NewsPin[] {
  const byStart = new Map<number, NewsItem[]>();
  for (const item of news) {
    const startMs = lastNotAfter(startsMs, msOfNanos(item.timeNanos));
    if (startMs === undefined) continue;
    byStart.set(startMs, [...(byStart.get(startMs) ?? []), item]);
  }
  return [...byStart.entries()].map(([startMs, items]) => ({
    startMs,
    items: items.toSorted((a, b) => (a.timeNanos < b.timeNanos ? 1 : -1)),
    sentiment: commonSentiment(items),
  }));
}

function commonSentiment(items: readonly NewsItem[]): NewsPin['sentiment'] {
  const told = new Set(items.map(({ sentiment }) => sentiment));
  const [first = 'neutral'] = told;
  return told.size > 1 ? 'mixed' : first;
}

function lastNotAfter(startsMs: readonly number[], timeMs: number): number | undefined {
  let low = 0;
  let high = startsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((startsMs[middle] as number) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return startsMs[low - 1];
}
