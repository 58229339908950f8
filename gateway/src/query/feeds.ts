import type { RawRow } from '../format/column.ts';
import type { Query, Reader } from './database.ts';
import { SELECT_LAST_GAPS } from './gaps.ts';

const SELECT_FEEDS: Query = {
  name: 'feeds',
  text: `
select p.name, p.shard, p.last_sequence, p.gaps, p.dead_letters
from feedmill.producer p order by p.name`,
};

const SELECT_SHARDS: Query = {
  name: 'shards',
  text: `
select s.shard, s.epoch, s.position, s.holder, s.state from feedmill.shard s order by s.shard`,
};

/** By the newest trade and quote of each instrument: one look into an index for each. */
const SELECT_VENUES: Query = {
  name: 'venues_of_feeds',
  text: `
select distinct p.name, i.venue
from (select * from feedmill.instrument order by instrument_id limit $1) i
cross join lateral (
  (select q.producer_id from feedmill.quote q where q.instrument_id = i.instrument_id
    order by q.ts_event desc limit 1)
  union
  (select t.producer_id from feedmill.trade t where t.instrument_id = i.instrument_id
    order by t.ts_event desc limit 1)
) newest
join feedmill.producer p on p.producer_id = newest.producer_id
order by p.name, i.venue`,
};

/** A feed as Postgres knows it. */
export interface FeedRecord {
  readonly name: string;
  readonly shard: number;
  readonly committed: number;
  readonly gaps: number;
  readonly deadLetters: number;
  /** In the columns of GAPS. */
  readonly lastGap: RawRow | undefined;
}

/** A shard as Postgres knows it. */
export interface ShardRecord {
  readonly shard: number;
  readonly epoch: number;
  readonly position: number;
  /** Host and process of its worker. */
  readonly holder: string;
  readonly isHeld: boolean;
}

export async function selectFeeds(reader: Reader): Promise<FeedRecord[]> {
  const feeds = await reader.rows(SELECT_FEEDS, []);
  const lastGaps = await reader.rows(SELECT_LAST_GAPS, []);
  const gapOf = new Map(lastGaps.map((gap) => [String(gap[0]), gap]));
  return feeds.map(([name, shard, committed, gaps, deadLetters]) => ({
    name: String(name),
    shard: Number(shard),
    committed: Number(committed),
    gaps: Number(gaps),
    deadLetters: Number(deadLetters),
    lastGap: gapOf.get(String(name)),
  }));
}

export async function selectShards(reader: Reader): Promise<ShardRecord[]> {
  const rows = await reader.rows(SELECT_SHARDS, []);
  return rows.map(([shard, epoch, position, holder, state]) => ({
    shard: Number(shard),
    epoch: Number(epoch),
    position: Number(position),
    holder: String(holder),
    isHeld: state === 'held',
  }));
}

/** The venues of each feed, over so many instruments. */
export async function selectVenues(
  reader: Reader,
  instrumentsMax: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const venues = new Map<string, string[]>();
  for (const [feed, venue] of await reader.rows(SELECT_VENUES, [instrumentsMax])) {
    const known = venues.get(String(feed)) ?? [];
    venues.set(String(feed), known);
    known.push(String(venue));
  }
  return venues;
}
