import type { JSX } from 'preact';
import { AlertList } from './alert-list.tsx';
import { FeedTable } from './feed-table.tsx';
import { RegionCards } from './region-cards.tsx';
import { ShardLevels } from './shard-levels.tsx';
import { Totals } from './totals.tsx';
import { useOverviewFeed } from './use-overview-feed.ts';

/** Whether the feeds are healthy. */
export function OverviewPage(): JSX.Element {
  useOverviewFeed();
  return (
    <div class="overview">
      <h1 class="visually-hidden">Overview</h1>
      <Totals />
      <AlertList />
      <FeedTable />
      <div class="columns">
        <RegionCards />
        <ShardLevels />
      </div>
    </div>
  );
}
