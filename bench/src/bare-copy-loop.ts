import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LatencyHistogram } from '@feedmill/producer/sdk/latency-histogram';
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';
import type { Percentiles } from './latency.ts';

const SAMPLE_ROWS = 50_000;
// Signature, flags and extension length of a binary COPY; a field count of -1 ends it.
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const TRAILER = Buffer.from('ffff', 'hex');

/**
 * The least that any sink must do: rows that are due at a steady rate, copied as soon as the COPY
 * before is done, one transaction each, into a table like feedmill.trade. No network hop, journal,
 * order check or exactly-once before it.
 *
 * @returns from the moment a row is due to its commit, ms
 */
export async function benchBareCopyLoop(
  client: pg.Client,
  ratePerSecond: number,
  seconds: number,
): Promise<Percentiles> {
  await client.query('create table feedmill.bare_copy (like feedmill.trade including all)');
  const rows = await sampleRows(client);
  const histogram = new LatencyHistogram();
  const startedMs = performance.now();
  const endMs = seconds * 1000;
  let sent = 0;
  for (;;) {
    const nowMs = performance.now() - startedMs;
    if (nowMs > endMs) break;
    const due = Math.floor((nowMs / 1000) * ratePerSecond);
    if (due === sent) {
      await sleep(1);
      continue;
    }
    const chunk: Buffer[] = [HEADER];
    for (let row = sent; row < due; row += 1) chunk.push(renumbered(rows, row));
    chunk.push(TRAILER);
    const copy = client.query(
      copyStreams.from('copy feedmill.bare_copy from stdin (format binary)'),
    );
    await pipeline(Readable.from([Buffer.concat(chunk)]), copy);
    const committedMs = performance.now() - startedMs;
    for (let row = sent; row < due; row += 1) {
      histogram.record(committedMs - ((row + 1) / ratePerSecond) * 1000, 1);
    }
    sent = due;
  }
  await client.query('drop table feedmill.bare_copy');
  const { p50, p99, p999 } = histogram.summary();
  return { p50, p99, p999 };
}

async function sampleRows(client: pg.Client): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  const copy = client.query(
    copyStreams.to(
      `copy (select * from feedmill.trade limit ${SAMPLE_ROWS}) to stdout (format binary)`,
    ),
  );
  for await (const chunk of copy) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const rows: Buffer[] = [];
  let at = HEADER.length;
  for (let fields = bytes.readInt16BE(at); fields >= 0; fields = bytes.readInt16BE(at)) {
    let end = at + 2;
    for (let field = 0; field < fields; field += 1) {
      end += 4 + Math.max(0, bytes.readInt32BE(end));
    }
    rows.push(bytes.subarray(at, end));
    at = end;
  }
  return rows;
}

// Field count, then length and value of instrument_id, ts_event and producer_id.
const PRODUCER_SEQUENCE_OFFSET = 2 + 3 * 12 + 4;

/** A row of the sample with a key of its own. */
function renumbered(rows: readonly Buffer[], number: number): Buffer {
  const row = Buffer.from(rows[number % rows.length] as Buffer);
  row.writeBigInt64BE(BigInt(number), PRODUCER_SEQUENCE_OFFSET);
  return row;
}
