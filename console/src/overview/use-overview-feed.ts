import { useEffect } from 'preact/hooks';
import { useServices } from '../shell/services.ts';
import { OVERVIEW_TOPICS } from './overview-store.ts';

/** Loads what the overview shows and follows it live, while the page is shown. */
export function useOverviewFeed(): void {
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
}
