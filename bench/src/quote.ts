import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Consolidator } from '@feedmill/core/quote/consolidator';
import { QuoteBoard } from '@feedmill/core/quote/quote-board';
import {
  type LatestRequestSchema,
  type LatestResponse,
  type SubscribeDerivedResponse,
  SubscribeService,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import { Client, credentials, type MethodDefinition } from '@grpc/grpc-js';
import type { Percentiles } from './latency.ts';
import { Pipeline } from './pipeline.ts';

const WARM_UP_MS = 3_000;
const PAIRS = 1_000;
const VENUES = 4;
const UPDATES = 1_000_000;
const NANOS_PER_MS = 1_000_000n;
const US_PER_MS = 1_000;

export interface QuoteOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
}

export interface QuoteResult {
  readonly pairs: number;
  readonly venues: number;
  /** Share of the quotes that changed the best of their pair. */
  readonly changed: number;
  /** Quotes a second into the best of their pairs, on one core, in this process. */
  readonly updatesPerSecond: number;
  /** Each of them, µs. */
  readonly updateUs: Percentiles;
  readonly ratePerSecond: number;
  readonly calls: number;
  /** Round trip of a call of Latest, one instrument and its pair, while events come, ms. */
  readonly latestMs: Percentiles;
  /** The same of a call that asks for nothing, in turn with the others, ms. */
  readonly emptyMs: Percentiles;
  /** How long ago the worker received what such an answer is of, ms. */
  readonly ageMs: Percentiles;
  /** From the worker receiving a quote to the best of its pair at a follower, committed, ms. */
  readonly followedMs: Percentiles;
}

/** What quotes cost, and how soon they can be had. */
export async function benchQuote(options: QuoteOptions): Promise<QuoteResult> {
  const aggregation = benchAggregation();
  const { ratePerSecond, seconds } = options;
  const source = `simulated:load?rate=${ratePerSecond}&trades=0.2&quotes=0.8&news=0`;
  const pipeline = await Pipeline.start({ sources: [source], shards: 1 });
  const [address = ''] = pipeline.addresses;
  const client = new Client(address, credentials.createInsecure());
  try {
    const followedMs = follow(client);
    const asked = { instruments: ['AAPL.BATS'], assetPairs: ['AAPL/USD-EQUITY'] };
    while ((await callLatest(client, asked)).pairQuotes.length === 0) await sleep(100);
    await sleep(WARM_UP_MS);
    followedMs.length = 0;
    const latestMs: number[] = [];
    const emptyMs: number[] = [];
    const ageMs: number[] = [];
    const timed = async (
      request: MessageInitShape<typeof LatestRequestSchema>,
      tookMs: number[],
    ): Promise<LatestResponse> => {
      const startedMs = performance.now();
      const response = await callLatest(client, request);
      tookMs.push(performance.now() - startedMs);
      return response;
    };
    const untilMs = performance.now() + seconds * 1_000;
    while (performance.now() < untilMs) {
      const { tsInit } = await timed(asked, latestMs);
      ageMs.push(Date.now() - Number(tsInit / NANOS_PER_MS));
      await timed({}, emptyMs);
      // A reader that asks all the time would measure itself.
      await sleep(1);
    }
    return {
      ...aggregation,
      ratePerSecond,
      calls: latestMs.length,
      latestMs: percentilesOf(latestMs),
      emptyMs: percentilesOf(emptyMs),
      ageMs: percentilesOf(ageMs),
      followedMs: percentilesOf(followedMs),
    };
  } finally {
    client.close();
    await pipeline.drain();
    await pipeline.close();
  }
}

/** Prices that jump, so that many quotes change the best of their pair; a fixed sequence. */
function benchAggregation() {
  let cbbos = 0;
  const consolidator = new Consolidator(() => {
    cbbos += 1;
  });
  const board = new QuoteBoard(
    () => ({ quoteAgeMaxMs: 600_000, feedSilenceMaxMs: 10_000 }),
    (quote, isNew) => consolidator.update(quote, isNew),
  );
  const feeds = Array.from({ length: VENUES }, (_, venue) => board.feed(BigInt(venue + 1)));
  const quotes = Array.from({ length: PAIRS * VENUES }, (_, at) => {
    const venue = at % VENUES;
    const pairId = BigInt((at - venue) / VENUES + 1);
    const pair = { id: pairId, name: `P${pairId}/USD-SPOT` };
    const instrument = { name: `P${pairId}.V${venue}`, id: BigInt(at + 1), pair };
    const feed = feeds[venue] as (typeof feeds)[number];
    return { feed, quote: board.quote(feed, instrument, `V${venue}`, venue) };
  });
  let random = 1;
  const run = (updates: number, tookUs: Float64Array | undefined): number => {
    const startedMs = performance.now();
    let last = startedMs;
    for (let update = 0; update < updates; update += 1) {
      random = (random * 48_271) % 2_147_483_647;
      const { feed, quote } = quotes[random % quotes.length] as (typeof quotes)[number];
      const price = 100_000_000_000 + (random % 1_009) * 10_000_000;
      quote.tsRecvLo = update;
      board.take(feed, quote, price, 5_000_000_000, price + 20_000_000, 7_000_000_000, false);
      if (tookUs === undefined) continue;
      const now = performance.now();
      tookUs[update] = (now - last) * US_PER_MS;
      last = now;
    }
    return performance.now() - startedMs;
  };
  run(UPDATES, undefined);
  const tookMs = run(UPDATES, undefined);
  const tookUs = new Float64Array(UPDATES);
  run(UPDATES, tookUs);
  return {
    pairs: PAIRS,
    venues: VENUES,
    changed: cbbos / (3 * UPDATES),
    updatesPerSecond: (UPDATES / tookMs) * 1_000,
    updateUs: percentilesOf(tookUs),
  };
}

/** Follows what the sink commits; the array gets how long each best bid and offer took, ms. */
function follow(client: Client): number[] {
  const took: number[] = [];
  const { path, requestSerialize, responseDeserialize } = methodOf('subscribeDerived');
  const call = client.makeServerStreamRequest(
    path,
    requestSerialize,
    (bytes) => responseDeserialize(bytes) as SubscribeDerivedResponse,
    {},
  );
  call.on('data', ({ cbbos }: SubscribeDerivedResponse) => {
    const now = Date.now();
    for (const { tsInit } of cbbos) took.push(now - Number(tsInit / NANOS_PER_MS));
  });
  // The worker ends it when it is drained.
  call.on('error', () => undefined);
  return took;
}

async function callLatest(
  client: Client,
  request: MessageInitShape<typeof LatestRequestSchema>,
): Promise<LatestResponse> {
  const { path, requestSerialize, responseDeserialize } = methodOf('latest');
  return await new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      (bytes) => responseDeserialize(bytes) as LatestResponse,
      request,
      (error, response) => (response === undefined ? reject(error) : resolve(response)),
    );
  });
}

function methodOf(name: string): MethodDefinition<unknown, unknown> {
  const method = grpcServiceDefinition(SubscribeService)[name];
  if (method === undefined) throw new Error(`SubscribeService has no method ${name}`);
  return method;
}

export function percentilesOf(values: number[] | Float64Array): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
