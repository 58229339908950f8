import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';

const BATCH_ROWS = 10_000;
const SAMPLE_ROWS = 1_000_000;

/** Rate of a bare COPY of rows that the pipeline committed before. */
export interface RawCopyResult {
  readonly rows: number;
  readonly batchRows: number;
  readonly rowsPerSecond: number;
}

/**
 * Reads trades that the run has committed, empties the table, and copies the same rows into the
 * same table again by batches of 10,000, one transaction each, one connection, nothing before it.
 */
export async function measureRawCopy(client: pg.Client): Promise<RawCopyResult> {
  const { rows: columnRows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'feedmill.trade'::regclass
       and attnum > 0 and not attisdropped order by attnum`,
  );
  const columns = columnRows.map(({ name }) => name).join(', ');
  await client.query(
    `create temp table sample as select ${columns} from feedmill.trade limit ${SAMPLE_ROWS}`,
  );
  const batches: Buffer[] = [];
  const { rows: counted } = await client.query<{ count: string }>('select count(*) from sample');
  const rowCount = Number(counted[0]?.count ?? 0);
  await client.query('alter table sample add column n int8 generated always as identity');
  await client.query('create index on sample (n)');
  for (let from = 0; from + BATCH_ROWS <= rowCount; from += BATCH_ROWS) {
    const chunks: Buffer[] = [];
    const copy = client.query(
      copyStreams.to(
        `copy (
           select ${columns} from sample where n > ${from} and n <= ${from + BATCH_ROWS} order by n
         ) to stdout (format binary)`,
      ),
    );
    for await (const chunk of copy) chunks.push(chunk as Buffer);
    batches.push(Buffer.concat(chunks));
  }
  await client.query('truncate feedmill.trade');
  await client.query('checkpoint');
  const started = performance.now();
  for (const batch of batches) {
    const copy = client.query(
      copyStreams.from(`copy feedmill.trade (${columns}) from stdin (format binary)`),
    );
    await pipeline(Readable.from([batch]), copy);
  }
  const seconds = (performance.now() - started) / 1000;
  const rows = batches.length * BATCH_ROWS;
  return { rows, batchRows: BATCH_ROWS, rowsPerSecond: rows / seconds };
}
