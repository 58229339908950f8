import type { ProducerSnapshot } from '@feedmill/core/control/shard-snapshot';
import type { ShardView } from './fleet.ts';

/** How a feed is, in the words of `feedmill status`. */
export const FEED_STATES = [
  'ok',
  'waiting',
  'lagging',
  'spilling',
  'full',
  'restarting',
  'stopped',
] as const;

export type FeedState = (typeof FEED_STATES)[number];

/** As its worker says; `view` is undefined where no worker holds it. */
export function feedState(
  view: ShardView | undefined,
  producer: ProducerSnapshot | undefined,
): FeedState {
  if (view === undefined || (view.isUp && producer === undefined)) return 'stopped';
  if (!view.isUp) return 'restarting';
  const level = view.snapshot?.level ?? 'normal';
  if (level !== 'normal') return level;
  return producer?.connected === true ? 'ok' : 'waiting';
}
