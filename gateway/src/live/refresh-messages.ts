import { LiveMessage } from './live-message.ts';
import type { TopicName } from './topic.ts';

/** What was missed: events that the journal no longer holds, rows of transactions, or news. */
const TOPICS_OF: Readonly<Record<'events' | 'derived' | 'news', readonly TopicName[]>> = {
  events: ['trades', 'quotes', 'status'],
  derived: ['bars', 'gaps', 'cbbo'],
  news: ['news'],
};

/** Tells whoever follows these topics to read the tables, which hold what was not told. */
export const refreshMessages = (what: keyof typeof TOPICS_OF, shard: number): LiveMessage[] =>
  TOPICS_OF[what].map(
    (topic, index) =>
      new LiveMessage({
        topic,
        name: 'refresh',
        names: 'all',
        key: `refresh ${topic} ${shard}`,
        ordinal: index + 1,
        write: () => JSON.stringify({ topic, shard }),
      }),
  );
