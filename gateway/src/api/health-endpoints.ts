import Type, { type TObject, type TSchema } from 'typebox';
import { jsonObject } from '../format/json-rows.ts';
import { SEVERITIES } from '../observe/alert-board.ts';
import type { StoredFacts } from '../observe/feed-facts.ts';
import { FEED_STATES, feedState } from '../observe/feed-state.ts';
import { Problem } from '../problem.ts';
import { LAST_GAP_COLUMNS } from '../query/gaps.ts';
import { selectRecentAlerts } from '../query/signals.ts';
import { endpoint, type Services } from './endpoint.ts';
import { RegionSchema, regionItems } from './region-items.ts';
import { rowSchema } from './row-schema.ts';

const SEQUENCE = Type.String({ pattern: '^[0-9]+$' });
const NO_PARAMETERS = { query: Type.Object({}), pathSchema: Type.Object({}) };

const itemsSchema = (item: TObject) => Type.Object({ items: Type.Array(item) });

const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const FeedSchema = Type.Object({
  feed: Type.String({ description: 'Its name.' }),
  venues: Type.Array(Type.String(), { description: 'Of the instruments that it speaks of.' }),
  shard: Type.Integer({ description: 'That it is bound to.' }),
  pod: nullable(Type.String({ description: 'Host and process of the worker of its shard.' })),
  region: Type.String(),
  role: Type.String({ description: 'Of this region for its shard.' }),
  events_per_second: Type.Number({ description: 'Durable events a second, lately.' }),
  durable_through: Type.String({ ...SEQUENCE, description: 'Last event on disk.' }),
  committed_through: Type.String({ ...SEQUENCE, description: 'Last event in Postgres.' }),
  lag_ms: nullable(Type.Integer({ description: 'Age of what is not in Postgres yet.' })),
  gaps: Type.Integer({ description: 'Found since its first event.' }),
  dead_letters: Type.Integer({ description: 'Kept since its first event.' }),
  last_gap: nullable(rowSchema(LAST_GAP_COLUMNS)),
  state: Type.Enum([...FEED_STATES]),
});

export const feedsEndpoint = endpoint({
  ...NO_PARAMETERS,
  method: 'GET',
  path: '/v1/feeds',
  name: 'listFeeds',
  tag: 'health',
  summary: 'Every feed and how it is',
  scope: 'read',
  answer: { kind: 'document', schema: itemsSchema(FeedSchema) },
  async handle(_, services) {
    return {
      kind: 'document',
      body: { items: feedsOf(await services.feedFacts.read(), services) },
    };
  },
});

function feedsOf({ feeds, shards, venues }: StoredFacts, services: Services): object[] {
  const { fleet, region } = services;
  const stored = new Map(feeds.map((feed) => [feed.name, feed]));
  const names = new Set([...stored.keys(), ...fleet.producers()]);
  return [...names].sort().map((name) => {
    const record = stored.get(name);
    const { view, producer } = fleet.producer(name) ?? {};
    const shard = view?.shard ?? record?.shard ?? 0;
    const heldBy = view ?? fleet.shards.find((each) => each.shard === record?.shard);
    const committed = Math.max(record?.committed ?? 0, producer?.committed ?? 0);
    return {
      feed: name,
      venues: venues.get(name) ?? [],
      shard,
      pod: shards.find((each) => each.shard === shard)?.holder ?? null,
      region,
      role: heldBy?.snapshot?.region?.role ?? 'primary',
      events_per_second: Math.round(fleet.rateOf(name) * 10) / 10,
      durable_through: String(Math.max(producer?.durable ?? 0, committed)),
      committed_through: String(committed),
      lag_ms: view?.isUp === true ? (view.snapshot?.lagMs ?? null) : null,
      gaps: Math.max(record?.gaps ?? 0, producer?.gaps ?? 0),
      dead_letters: Math.max(record?.deadLetters ?? 0, producer?.deadLetters ?? 0),
      last_gap: record?.lastGap ? jsonObject(LAST_GAP_COLUMNS, record.lastGap, 'ns') : null,
      state: feedState(heldBy, producer),
    };
  });
}

const ShardSchema = Type.Object({
  shard: Type.Integer(),
  pod: nullable(Type.String({ description: 'Host and process of its worker.' })),
  up: Type.Boolean({ description: 'Whether its worker answers.' }),
  epoch: nullable(Type.Integer({ description: 'One more with each holder.' })),
  level: nullable(Type.Enum(['normal', 'lagging', 'spilling', 'full'])),
  lag_ms: nullable(Type.Integer({ description: 'Age of what is not in Postgres yet.' })),
  journal_bytes: nullable(Type.String({ ...SEQUENCE, description: 'On its volume.' })),
  durable_position: nullable(Type.String({ ...SEQUENCE, description: 'Last entry on disk.' })),
  committed_position: Type.String({ ...SEQUENCE, description: 'Last entry in Postgres.' }),
});

export const shardsEndpoint = endpoint({
  ...NO_PARAMETERS,
  method: 'GET',
  path: '/v1/shards',
  name: 'listShards',
  tag: 'health',
  summary: 'Every shard and how far it is',
  scope: 'read',
  answer: { kind: 'document', schema: itemsSchema(ShardSchema) },
  async handle(_, services) {
    const facts = await services.feedFacts.read();
    return { kind: 'document', body: { items: shardsOf(facts, services) } };
  },
});

function shardsOf({ shards }: StoredFacts, { fleet }: Services): object[] {
  const stored = new Map(shards.map((shard) => [shard.shard, shard]));
  const views = new Map(fleet.shards.map((view) => [view.shard, view]));
  const numbers = [...new Set([...stored.keys(), ...views.keys()])].sort((a, b) => a - b);
  return numbers.map((shard) => {
    const { isUp = false, snapshot } = views.get(shard) ?? {};
    const record = stored.get(shard);
    const committed = Math.max(record?.position ?? 0, snapshot?.committedPosition ?? 0);
    return {
      shard,
      pod: record?.holder ?? null,
      up: isUp,
      epoch: record?.epoch ?? snapshot?.epoch ?? null,
      level: isUp ? (snapshot?.level ?? null) : null,
      lag_ms: isUp ? (snapshot?.lagMs ?? null) : null,
      journal_bytes: snapshot === undefined ? null : String(snapshot.journalBytes),
      durable_position: snapshot === undefined ? null : String(snapshot.durablePosition),
      committed_position: String(committed),
    };
  });
}

export const regionsEndpoint = endpoint({
  ...NO_PARAMETERS,
  method: 'GET',
  path: '/v1/regions',
  name: 'listRegions',
  tag: 'health',
  summary: 'Every region, and who is primary',
  scope: 'read',
  answer: { kind: 'document', schema: itemsSchema(RegionSchema) },
  async handle(_, { feedFacts, fleet, region }) {
    const { shards } = await feedFacts.read();
    const epoch = Math.max(0, ...shards.map((shard) => shard.epoch));
    return { kind: 'document', body: { items: regionItems(fleet.shards, region, epoch) } };
  },
});

const AlertSchema = Type.Object({
  id: Type.String({ description: 'The same for as long as it lasts.' }),
  severity: Type.Enum([...SEVERITIES]),
  title: Type.String(),
  detail: Type.String({ description: 'What it means, and for what.' }),
  subject: Type.String({ description: 'The shard, feed or database that it is about.' }),
  ts_since: Type.String({ ...SEQUENCE, description: 'When it was first seen, in ns.' }),
});

export const alertsEndpoint = endpoint({
  ...NO_PARAMETERS,
  method: 'GET',
  path: '/v1/alerts',
  name: 'listAlerts',
  tag: 'health',
  summary: 'What is wrong now',
  description:
    'The worst first. An alert about feeds, shards and Postgres is here for as long as it is so; ' +
    'those of rules about the market are of the last hour.',
  scope: 'read',
  answer: { kind: 'document', schema: itemsSchema(AlertSchema) },
  async handle(_, services) {
    const items = services.alerts.alerts.map(({ sinceNanos, ...rest }) => ({
      ...rest,
      ts_since: String(sinceNanos),
    }));
    return { kind: 'document', body: { items: [...items, ...(await marketAlerts(services))] } };
  },
});

const NANOS_PER_MS = 1_000_000n;

/** While Postgres is away, that it is stands among the others. */
async function marketAlerts({ database, clock, limits }: Services): Promise<object[]> {
  const since = clock.wallNanos() - BigInt(limits.marketAlertMs) * NANOS_PER_MS;
  try {
    const recent = await database.read('latest', (reader) =>
      selectRecentAlerts(reader, since, limits.marketAlertsMax),
    );
    return recent.map(({ id, instrument, rule, kind, value, threshold, tsInit }) => ({
      id,
      severity: 'info',
      title: `${instrument}: ${rule}`,
      detail: `${kind} of ${value}, and the rule says ${threshold}.`,
      subject: instrument,
      ts_since: tsInit,
    }));
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}
