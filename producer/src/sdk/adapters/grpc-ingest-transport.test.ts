import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedmillProducer } from '../feedmill-producer.ts';
import { IngestServer } from '../testing/ingest-server.ts';
import { sampleTrades } from '../testing/sample-events.ts';
import { grpcIngestTransport } from './grpc-ingest-transport.ts';
import { nodeProducer } from './node-producer.ts';

describe('the SDK over gRPC', () => {
  let server: IngestServer;
  let folder: string;
  let producer: FeedmillProducer | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'feedmill-sdk-'));
    server = new IngestServer();
    await server.listen();
  });
  afterEach(async () => {
    await producer?.close();
    producer = undefined;
    server.kill();
    await rm(folder, { recursive: true });
  });

  function make(workers = [server.address]): FeedmillProducer {
    producer = nodeProducer({
      producer: 'feed-1',
      locate: { workers },
      incarnationFile: path.join(folder, 'feed-1.incarnation'),
      batchEventsMax: 100,
    });
    return producer;
  }

  const ids = (count: number) => sampleTrades(count).map((_, index) => `t${index + 1}`);

  it('delivers every event once and in order', async () => {
    const sdk = make();
    await expect(sdk.connect()).resolves.toMatchObject({ resumeAfter: 0, shard: 1, epoch: 1 });
    const events = sampleTrades(5_000);
    for (let from = 0; from < events.length; from += 37) {
      await sdk.publish(events.slice(from, from + 37));
    }
    await sdk.flushCommitted();
    expect(server.taken).toEqual(ids(5_000));
    expect(sdk.stats()).toMatchObject({ committedThrough: 5_000, bufferBytes: 0, nacks: 0 });
    expect(sdk.stats().latency.sentToDurable.count).toBe(5_000);
  });

  it('loses and doubles nothing when the worker is killed again and again', async () => {
    const sdk = make();
    await sdk.connect();
    const events = sampleTrades(20_000);
    const publishing = (async () => {
      for (let from = 0; from < events.length; from += 50) {
        await sdk.publish(events.slice(from, from + 50));
        if (from % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    for (let kill = 0; kill < 5; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      server.kill();
      await server.listen();
    }
    await publishing;
    await sdk.flush();
    expect(server.taken).toEqual(ids(20_000));
    expect(sdk.stats().reconnects).toBeGreaterThan(0);
    expect(new Set(server.hellos.map((hello) => hello.incarnation)).size).toBe(1);
  });

  it('comes back with a higher incarnation and goes on behind what the worker has', async () => {
    const first = make();
    await first.connect();
    await first.publish(sampleTrades(10));
    await first.flush();
    await first.close();
    const second = make();
    await expect(second.connect()).resolves.toMatchObject({ resumeAfter: 10 });
    await second.publish(sampleTrades(5, 11));
    await second.flush();
    expect(server.taken).toEqual(ids(15));
    const [before, after] = server.hellos.map((hello) => hello.incarnation);
    expect(after).toBeGreaterThan(before as bigint);
  });

  it('reads the trailers that say where to go and how long to wait', async () => {
    const other = new IngestServer();
    await other.listen();
    server.refuseWith = {
      code: status.FAILED_PRECONDITION,
      details: 'bound elsewhere',
      trailers: { 'feedmill-shard': '1', 'feedmill-address': other.address },
    };
    other.refuseWith = {
      code: status.RESOURCE_EXHAUSTED,
      details: 'full',
      trailers: { 'grpc-retry-pushback-ms': '20' },
    };
    const sdk = make();
    const waits: number[] = [];
    sdk.on('state', (state) => {
      if (state.kind === 'waiting') waits.push(state.delayMs);
    });
    await sdk.connect();
    expect(other.hellos).toHaveLength(1);
    expect(waits).toEqual([20]);
    expect(server.hellos).toHaveLength(2);
    other.kill();
  });

  it('fails with the sentence of the worker when that refuses the producer', async () => {
    server.refuseWith = { code: status.PERMISSION_DENIED, details: 'The token is wrong.' };
    await expect(make().connect()).rejects.toThrow('The token is wrong.');
  });

  it('says UNAVAILABLE of a port where nobody listens', async () => {
    const { address } = server;
    server.kill();
    const answer = await grpcIngestTransport().locate(address, 'feed-1', 1_000);
    expect(answer).toMatchObject({ kind: 'status', status: { code: 'UNAVAILABLE' } });
  });

  it('hands the sender back its turn only when the socket has taken the batch', async () => {
    server.mute = true;
    const sdk = make();
    await sdk.connect();
    await sdk.publish(sampleTrades(2_000));
    // Two writes are under way; the rest waits here, where a flush or an acknowledgement finds it.
    expect(sdk.stats().sentThrough).toBeLessThanOrEqual(300);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sdk.stats()).toMatchObject({ sentThrough: 2_000, durableThrough: 0 });
    server.acknowledge();
    await sdk.flush();
  });
});
