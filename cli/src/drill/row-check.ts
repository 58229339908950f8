import { stableId } from '@feedmill/core/stable-id';
import { readRangeHashes } from '@feedmill/store/verify/range-hashes';
import { readTailCounts } from '@feedmill/store/verify/tail-counts';
import { type Database, withConnection } from '../folder-database.ts';
import { feedName } from './drill-load.ts';

/** What stands in the two databases of what was acknowledged since the look before. */
export interface RowFindings {
  readonly acknowledged: number;
  /** Acknowledged, and without a row in at least one region. */
  readonly lost: number;
  /** Rows beyond the first of their event, in either region. */
  readonly doubled: number;
  /** Every producer's rows have the same hash in both. */
  readonly areHashesEqual: boolean;
}

interface RegionRows {
  /** By producer. */
  readonly distinct: ReadonlyMap<bigint, number>;
  readonly doubled: number;
  readonly hashes: ReadonlyMap<bigint, string>;
}

/** One range over everything that is looked at. */
const WHOLE = Number.MAX_SAFE_INTEGER;

/** Looks at what has come to both databases since it looked before. */
export class RowCheck {
  /** Every feed was looked at through here. */
  #after = 0;
  readonly #feeds: ReadonlySet<bigint>;

  /** @param feeds how many there are; what others have sent is not looked at */
  constructor(feeds: number) {
    this.#feeds = new Set(Array.from({ length: feeds }, (_, feed) => stableId(feedName(feed))));
  }

  /** @param durable last acknowledged sequence of each feed; nothing is on its way any more */
  async look(urls: readonly [string, string], durable: readonly number[]): Promise<RowFindings> {
    const after = this.#after;
    const [east, west] = await Promise.all(
      urls.map((url) =>
        withConnection(url, 'drill', (database) => readRows(database, after, this.#feeds)),
      ),
    );
    let acknowledged = 0;
    let lost = 0;
    for (const [feed, last] of durable.entries()) {
      const id = stableId(feedName(feed));
      const due = Math.max(0, last - after);
      const held = Math.min(east?.distinct.get(id) ?? 0, west?.distinct.get(id) ?? 0);
      acknowledged += due;
      lost += Math.max(0, due - held);
    }
    this.#after = Math.min(...durable);
    const doubled = (east?.doubled ?? 0) + (west?.doubled ?? 0);
    const areHashesEqual = JSON.stringify(textOf(east)) === JSON.stringify(textOf(west));
    return { acknowledged, lost, doubled, areHashesEqual };
  }
}

const textOf = (rows: RegionRows | undefined): readonly (readonly [string, string])[] =>
  [...(rows?.hashes ?? [])]
    .map(([id, hash]) => [String(id), hash] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));

async function readRows(
  database: Database,
  after: number,
  feeds: ReadonlySet<bigint>,
): Promise<RegionRows> {
  const counts = (await readTailCounts(database, after)).filter(({ producerId }) =>
    feeds.has(producerId),
  );
  const ranges = await readRangeHashes(database, WHOLE, after);
  return {
    distinct: new Map(counts.map(({ producerId, distinct }) => [producerId, distinct])),
    doubled: counts.reduce((sum, { rows, distinct }) => sum + rows - distinct, 0),
    hashes: new Map(
      [...ranges]
        .filter(([id]) => feeds.has(id))
        .map(([id, found]) => [id, found.map(({ rows, hash }) => `${rows} ${hash}`).join()]),
    ),
  };
}
