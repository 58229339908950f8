import { verifyStore } from '@feedmill/store/verify/verify-store';
import pg from 'pg';

// The current view of instruments belongs to no producer, so the verification leaves it out.
const INSTRUMENT_DIGEST = `
select count(*)::int4 as rows, coalesce(md5(string_agg(i::text, ' ' order by i.instrument_id)), '')
  as hash
from feedmill.instrument i`;

/** What the tables of one database hold, as far as two runs of the same input must agree. */
export interface TableDigest {
  /** Rows and hash of each table of each producer, by `producer table`. */
  readonly tables: Readonly<Record<string, string>>;
  /** Per producer: committed, and what verification has to say against it. */
  readonly faults: readonly string[];
  readonly events: number;
}

export async function digestTables(url: string): Promise<TableDigest> {
  return await withDatabase(url, async (client) => {
    const reports = await verifyStore(client);
    const tables: Record<string, string> = {};
    const faults: string[] = [];
    let events = 0;
    for (const { record, producerId, isSound, tables: found, ...rest } of reports) {
      const name = record?.name ?? String(producerId);
      for (const [table, { rows, hash }] of Object.entries(found)) {
        tables[`${name} ${table}`] = `${rows} rows ${hash}`;
      }
      const { lastSequence = 0, duplicateEvents = 0, unstoredEvents = 0, gaps = 0 } = record ?? {};
      tables[`${name} counted`] =
        `${lastSequence} events, ${duplicateEvents} duplicates, ${unstoredEvents} unstored, ` +
        `${gaps} gaps, ${record?.deadLetters ?? 0} dead letters`;
      events += lastSequence;
      if (!isSound) faults.push(`${name}: ${JSON.stringify(rest)}`);
    }
    const { rows } = await client.query<{ rows: number; hash: string }>(INSTRUMENT_DIGEST);
    tables['instrument'] = `${rows[0]?.rows} rows ${rows[0]?.hash}`;
    return { tables, faults, events };
  });
}

/** Runs `use` with a connection of its own. */
export async function withDatabase<T>(
  url: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
