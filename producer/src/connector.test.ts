import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type ConnectorEnd, runConnector } from './connector.ts';
import { FeedmillProducer } from './sdk/feedmill-producer.ts';
import { silentLogger } from './sdk/logger.ts';
import { ManualClock } from './sdk/testing/manual-clock.ts';
import { sampleTrades } from './sdk/testing/sample-events.ts';
import { ScriptedTransport } from './sdk/testing/scripted-transport.ts';
import type { Source } from './source.ts';
import { ArraySource } from './testing/array-source.ts';

function start(source: Source, bufferBytesMax = 1 << 20) {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const producer = new FeedmillProducer(
    { producer: source.producer, locate: { fixed: 'a:1' }, batchEventsMax: 10, bufferBytesMax },
    { transport, clock, random: () => 0.5, incarnation: { next: () => Promise.resolve(1) } },
  );
  const stop = new AbortController();
  let end: ConnectorEnd | undefined;
  const running = runConnector({ source, producer, clock, logger: silentLogger }, stop.signal);
  const ended = running.then((value) => (end = value));
  ended.catch(() => undefined);
  return { clock, transport, producer, stop, ended, end: () => end };
}

/** A source that waits, read by a connector that nobody holds any more. */
async function forgottenSource(): Promise<WeakRef<Source>> {
  const source = new ArraySource([], 10, true);
  const { clock, transport } = start(source);
  await clock.settle();
  transport.last.welcome();
  await clock.settle();
  expect(source.askedAfter).toEqual([0]);
  return new WeakRef(source);
}

describe('a connector', () => {
  it('does not stay in memory for ever when it is forgotten while its source waits', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const forgotten = await forgottenSource();
    // What a WeakRef has shown stays until the present turn of the event loop is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(forgotten.deref()).toBeUndefined();
  });

  it('reads its source from where the worker stands and ends when all is committed', async () => {
    const source = new ArraySource(sampleTrades(35));
    const { clock, transport, ended, end } = start(source);
    await clock.settle();
    transport.last.welcome({ resumeAfter: 20, committedThrough: 20 });
    await clock.settle();
    expect(source.askedAfter).toEqual([20]);
    expect(transport.last.ranges).toEqual(['21+10', '31+5']);
    transport.last.ack(35, 34);
    await clock.settle();
    expect(end()).toBeUndefined();
    transport.last.ack(35, 35);
    await expect(ended).resolves.toBe('exhausted');
  });

  it('waits for what an earlier start has sent although nothing is left to read', async () => {
    const { clock, transport, ended, end } = start(new ArraySource(sampleTrades(35)));
    await clock.settle();
    transport.last.welcome({ resumeAfter: 35, committedThrough: 10 });
    transport.last.ack(35, 10);
    await clock.settle();
    expect(end()).toBeUndefined();
    transport.last.ack(35, 35);
    await expect(ended).resolves.toBe('exhausted');
  });

  it('stops reading when it is told to and makes durable what it has read', async () => {
    const { clock, transport, stop, ended, end } = start(
      new ArraySource(sampleTrades(15), 10, true),
    );
    await clock.settle();
    transport.last.welcome();
    await clock.settle();
    stop.abort();
    await clock.settle();
    expect(end()).toBeUndefined();
    transport.last.ack(15);
    await expect(ended).resolves.toBe('stopped');
  });

  it('does not wait for a worker that is away when it is told to stop', async () => {
    const { clock, transport, stop, ended } = start(new ArraySource(sampleTrades(1_000)), 1_000);
    await clock.settle();
    transport.last.welcome();
    await clock.settle();
    stop.abort();
    await clock.advance(9_999);
    await clock.advance(1);
    await expect(ended).resolves.toBe('stopped');
  });

  it('stops at once when it never found a worker', async () => {
    const { clock, stop, ended } = start(new ArraySource(sampleTrades(10)));
    await clock.advance(500);
    stop.abort();
    await clock.advance(0);
    await expect(ended).resolves.toBe('stopped');
  });

  it('stops while Postgres is away once everything is durable', async () => {
    const { clock, transport, stop, ended } = start(new ArraySource(sampleTrades(10)));
    await clock.settle();
    transport.last.welcome();
    await clock.settle();
    transport.last.ack(10, 0);
    await clock.settle();
    stop.abort();
    await expect(ended).resolves.toBe('stopped');
  });

  it('ends with the refusal although its source has nothing to say', async () => {
    const { clock, transport, ended } = start(new ArraySource([], 10, true));
    await clock.settle();
    transport.last.welcome();
    await clock.settle();
    transport.last.end({ code: 'ABORTED', details: 'A newer incarnation took over.' });
    await clock.settle();
    await expect(ended).rejects.toThrow('A newer incarnation took over.');
  });

  it('ends with the fault of its source', async () => {
    const source: Source = {
      producer: 'feed-1',
      events: () => {
        throw new Error('line 7 cannot be read');
      },
      progress: () => ({ fraction: 0, problems: {} }),
    };
    const { clock, transport, ended } = start(source);
    await clock.settle();
    transport.last.welcome();
    await expect(ended).rejects.toThrow('line 7 cannot be read');
  });
});
