import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ShardProcessor } from '@feedmill/pod-worker/process/shard-processor';
import { RowBatch } from '@feedmill/pod-worker/sink/row-batch';
import {
  LatestRequestSchema,
  type LatestResponse,
  LatestResponseSchema,
  QuoteStanding,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { expect, test } from 'vitest';
import { postgresOfFile } from './harness/file-postgres.ts';
import { JournalFile } from './harness/journal-file.ts';
import { KillablePipeline, type PipelineSource } from './harness/killable-pipeline.ts';
import { Lab } from './harness/lab.ts';
import { callRaw } from './harness/raw-call.ts';
import { withDatabase } from './harness/table-digest.ts';
import { until } from './harness/waiting.ts';

const OFTEN = ['--checkpoint-interval-ms=200'];
const KILLS = 6;

// Slow enough that no source ends before the last kill: the rest is taken at once afterwards.
const source = (seed: number): PipelineSource => ({
  producer: `market-${seed}`,
  source: `simulated:market?events=60000&rate=400&seed=${seed}&trades=0.2&quotes=0.8&gaps=0.001`,
  speed: 1,
});

const postgres = postgresOfFile();

/** What a fresh processor makes of the whole journal of a stopped worker. */
function reprocessed(volume: string): string[] {
  const processor = new ShardProcessor({
    storeBookDeltas: false,
    allowedLatenessMs: 5_000,
    sentimentModel: undefined,
  });
  const found: string[] = [];
  for (const entry of new JournalFile(volume).entries) {
    const rows = new RowBatch();
    rows.reset(processor.position);
    processor.process(entry, rows);
    for (const { cbbo, tsInit, tsEvent, position, rowIndex } of rows.cbbos) {
      const { pair, bidPx, askPx, bidInstrumentId, askInstrumentId, state } = cbbo;
      const { venuesLive, venuesStale, supersededQuotes } = cbbo;
      const sides = [bidPx, bidInstrumentId, askPx, askInstrumentId];
      const venues = [state, venuesLive, venuesStale, supersededQuotes];
      found.push([pair.id, tsInit, position, rowIndex, tsEvent, ...sides, ...venues].join(' '));
    }
  }
  return found.sort();
}

const STORED = `
select concat_ws(' ', asset_pair_id, ts_init, position, row_index, ts_event, bid_px,
  bid_instrument_id, ask_px, ask_instrument_id, state, venues_live, venues_stale,
  superseded_quotes) as row
from feedmill.cbbo`;

const STATES = `
select asset_pair, state, max(venues_live) as live, count(*)::int4 as rows from feedmill.v_cbbo
where bid_venue is distinct from ask_venue group by 1, 2 order by rows desc`;

test(`a worker killed ${KILLS} times stores the best bid and offer of its journal`, async () => {
  const lab = await Lab.open('consolidated', postgres());
  // Both feeds tell of the same venues, so that they also supersede each other.
  const pipeline = await KillablePipeline.start(
    lab,
    [source(1), source(2)],
    [...OFTEN, '--sentiment-model=off'],
  );
  for (let kill = 0; kill < KILLS; kill += 1) {
    for (const feed of pipeline.feeds) await pipeline.flowing(feed);
    await pipeline.killWorker();
    if (kill % 3 === 2) await pipeline.killConnector(pipeline.feeds[0] as never);
  }
  await pipeline.finish();
  expect(pipeline.faults).toEqual([]);
  const stored = await withDatabase(lab.url, async (client) => {
    const states = await client.query<{ asset_pair: string; live: number }>(STATES);
    expect(new Set(states.rows.map(({ asset_pair }) => asset_pair))).toContain('AAPL/USD-EQUITY');
    expect(states.rows[0]?.live).toBe(4);
    return (await client.query<{ row: string }>(STORED)).rows.map(({ row }) => row).sort();
  });
  const expected = reprocessed(lab.volume('shard-0'));
  expect(expected.length).toBeGreaterThan(1_000);
  expect(stored).toEqual(expected);
});

async function latest(
  address: string,
  instruments: string[],
  assetPairs: string[],
): Promise<LatestResponse> {
  const request = create(LatestRequestSchema, { instruments, assetPairs });
  const path = '/feedmill.v1.SubscribeService/Latest';
  const answer = await callRaw(address, path, Buffer.from(toBinary(LatestRequestSchema, request)));
  return fromBinary(LatestResponseSchema, answer);
}

test('quotes of a feed that falls silent count no more, though nothing comes', async () => {
  const lab = await Lab.open('consolidated_latest', postgres());
  const flags = ['--feed-silence-max-ms=1500', '--sentiment-model=off'];
  const worker = lab.startWorker({ flags });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, ['market'], address);
  const connector = lab.startConnector({
    producer: 'market',
    source: 'simulated:market?rate=2000&trades=0&quotes=1',
    address,
  });
  const told = async () => {
    const { quotes, pairQuotes } = await latest(address, ['AAPL.BATS'], ['AAPL/USD-EQUITY']);
    return { standing: quotes[0]?.standing, live: pairQuotes[0]?.quote?.venuesLive };
  };
  await until('all venues quote', async () => (await told()).live === 4);
  expect((await told()).standing).toBe(QuoteStanding.LIVE);
  // Nobody else sends anything: the worker itself has to notice.
  await connector.child.kill();
  await until('the quotes count no more', async () => (await told()).live === 0);
  expect((await told()).standing).toBe(QuoteStanding.SILENT);
  await until('and Postgres says so', () =>
    withDatabase(lab.url, async (client) => {
      const newest = `select state, venues_stale from feedmill.v_cbbo
        where asset_pair = 'AAPL/USD-EQUITY' order by ts_init desc, row_index desc limit 1`;
      const { rows } = await client.query<{ state: string; venues_stale: number }>(newest);
      return rows[0]?.state === 'EMPTY' && rows[0].venues_stale === 4;
    }),
  );
  await worker.stop();
});
