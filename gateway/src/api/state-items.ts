import type { Principal } from '../access/principal.ts';
import type { StateItem } from '../live/state-board.ts';
import type { TopicName } from '../live/topic.ts';
import type { Endpoint, Services } from './endpoint.ts';
import {
  alertsEndpoint,
  feedsEndpoint,
  regionsEndpoint,
  shardsEndpoint,
} from './health-endpoints.ts';

type Item = Readonly<Record<string, unknown>>;

interface StateList {
  readonly topic: TopicName;
  readonly endpoint: Endpoint;
  /** Field that an item is called by. */
  readonly nameField: string;
}

const LISTS: readonly StateList[] = [
  { topic: 'feeds', endpoint: feedsEndpoint, nameField: 'feed' },
  { topic: 'shards', endpoint: shardsEndpoint, nameField: 'shard' },
  { topic: 'regions', endpoint: regionsEndpoint, nameField: 'region' },
  { topic: 'alerts', endpoint: alertsEndpoint, nameField: 'id' },
];

// Whoever follows has asked already; what is told is the same for all.
const GATEWAY: Principal = {
  kind: 'key',
  id: '',
  name: 'gateway',
  scopes: new Set(['read']),
  requestsPerSecond: 1,
  burst: 1,
  expiresMs: undefined,
};

/** How things are, as the live stream tells it: what the queries answer. */
export async function stateItems(services: Services): Promise<StateItem[]> {
  const lists = await Promise.all(LISTS.map((list) => itemsOf(list, services)));
  return lists.flat();
}

async function itemsOf(
  { topic, endpoint, nameField }: StateList,
  services: Services,
): Promise<StateItem[]> {
  const answer = await endpoint.handle(
    { principal: GATEWAY, query: {}, path: {}, body: undefined, lastEventId: undefined },
    services,
  );
  if (answer.kind !== 'document') throw new Error(`${endpoint.path} answers with no document`);
  const { items } = answer.body as { readonly items: readonly Item[] };
  return items.map((item) => ({
    topic,
    name: String(item[nameField]),
    item,
    ...(topic === 'alerts' && { farewell: { ...item, resolved: true } }),
  }));
}
