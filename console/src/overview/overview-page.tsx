import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useServices } from '../shell/services.ts';
import { AlertList } from './alert-list.tsx';
import { FeedTable } from './feed-table.tsx';
import { OVERVIEW_TOPICS } from './overview-store.ts';
import { RegionCards } from './region-cards.tsx';
import { ShardLevels } from './shard-levels.tsx';
import { Totals } from './totals.tsx';

/** Whether the feeds are healthy. */
export function OverviewPage(): JSX.Element {
  const { client, live, overview } = useServices();
  useEffect(() => {
    const load = async (): Promise<void> => {
      // Without an answer the stream still brings every feed, one by one.
      const loaded = await client.overview().catch(() => undefined);
      if (loaded !== undefined) overview.load(loaded);
    };
    return live.follow({
      topics: OVERVIEW_TOPICS,
      message: (message) => overview.message(message),
      opened: () => void load(),
    });
  }, [client, live, overview]);
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
