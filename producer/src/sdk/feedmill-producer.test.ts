import { describe, expect, it } from 'vitest';
import { FeedmillProducer } from './feedmill-producer.ts';
import type { IngestStatus } from './ingest-transport.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { ProducerOptions } from './producer-options.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { sampleTrades } from './testing/sample-events.ts';
import { ScriptedTransport } from './testing/scripted-transport.ts';

const gone: IngestStatus = { code: 'UNAVAILABLE', details: 'connection dropped' };

function setUp(options: Partial<ProducerOptions> = {}, logger: Logger = silentLogger) {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  let incarnation = 6;
  const producer = new FeedmillProducer(
    { producer: 'feed-1', locate: { workers: ['a:1'] }, batchEventsMax: 10, ...options },
    {
      transport,
      clock,
      random: () => 0.5,
      logger,
      incarnation: {
        next: (above = 0) => {
          incarnation = Math.max(incarnation, above) + 1;
          return Promise.resolve(incarnation);
        },
      },
    },
  );
  return { clock, transport, producer };
}

async function connected(options: Partial<ProducerOptions> = {}) {
  const parts = setUp(options);
  const connecting = parts.producer.connect();
  await parts.clock.settle();
  parts.transport.last.welcome();
  await connecting;
  return parts;
}

describe('connecting', () => {
  it('says Hello with its incarnation and resolves with where to go on', async () => {
    const { clock, transport, producer } = setUp({ token: 'secret', client: 'test/1' });
    const connecting = producer.connect();
    await clock.settle();
    expect(transport.last.hello).toMatchObject({
      producer: 'feed-1',
      incarnation: 7n,
      token: 'secret',
      client: 'test/1',
      knownEpoch: 0,
    });
    transport.last.welcome({ resumeAfter: 40, committedThrough: 40, shard: 2, epoch: 5 });
    await expect(connecting).resolves.toEqual({
      resumeAfter: 40,
      committedThrough: 40,
      shard: 2,
      epoch: 5,
    });
    await producer.publish(sampleTrades(2));
    expect(transport.last.ranges).toEqual(['41+2']);
  });

  it('waits until what the worker received before is durable, as it stands only then', async () => {
    const { clock, transport, producer } = setUp();
    const connecting = producer.connect();
    await clock.settle();
    transport.last.welcome({ resumeAfter: 40 });
    await expect(producer.publish(sampleTrades(1))).rejects.toThrow('await connect() first');
    // The worker is lost with the last ten, and comes back without them.
    transport.last.end(gone);
    await clock.advance(50);
    transport.last.welcome({ resumeAfter: 30 });
    transport.last.ack(30);
    await expect(connecting).resolves.toMatchObject({ resumeAfter: 30 });
  });

  it('is tried without end, and not faster than its backoff says', async () => {
    const { clock, transport, producer } = setUp();
    const connecting = producer.connect();
    let attempts = 0;
    for (let second = 0; second < 60; second += 1) {
      await clock.settle();
      if (transport.streams.length > attempts) {
        attempts = transport.streams.length;
        transport.last.end(gone);
      }
      await clock.advance(1_000);
    }
    expect(attempts).toBeGreaterThan(30);
    expect(attempts).toBeLessThan(70);
    transport.last.end(gone);
    await clock.advance(2_000);
    transport.last.welcome();
    await expect(connecting).resolves.toMatchObject({ resumeAfter: 0 });
  });

  it('fails for good when the producer is refused, and so does everything after', async () => {
    const { clock, transport, producer } = setUp();
    const connecting = producer.connect();
    await clock.settle();
    transport.last.end({ code: 'PERMISSION_DENIED', details: 'The token is wrong.' });
    await expect(connecting).rejects.toMatchObject({
      code: 'PRODUCER_REFUSED',
      message: expect.stringContaining('The token is wrong.') as string,
    });
    await expect(producer.publish(sampleTrades(1))).rejects.toThrow('The token is wrong.');
    expect(producer.state.kind).toBe('failed');
    expect(transport.streams).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('gets in although the machine that it was on before had a clock that was ahead', async () => {
    const { clock, transport, producer } = setUp();
    const connecting = producer.connect();
    await clock.settle();
    transport.last.end({ code: 'PERMISSION_DENIED', details: 'came with 7', incarnation: 5_000 });
    await clock.settle();
    expect(transport.last.hello).toMatchObject({ incarnation: 5_001n });
    transport.last.welcome();
    await expect(connecting).resolves.toMatchObject({ resumeAfter: 0 });
  });

  it('does not push out a newer program once it was there itself', async () => {
    const { clock, transport, producer } = await connected();
    transport.last.end(gone);
    await clock.advance(50);
    transport.last.end({ code: 'PERMISSION_DENIED', details: 'came with 7', incarnation: 8 });
    await clock.settle();
    expect(producer.state.kind).toBe('failed');
    expect(transport.streams).toHaveLength(2);
  });

  it('refuses options that cannot work, all at once', () => {
    const options = { producer: '', locate: { workers: ['nowhere'] }, batchEventsMax: 0 };
    expect(() => setUp(options)).toThrow(
      /producer is empty.*'nowhere' is not host:port.*batchEventsMax is 0/,
    );
  });
});

describe('a lost stream', () => {
  it('is opened anew and continues behind what the worker has', async () => {
    const { clock, transport, producer } = await connected();
    await producer.publish(sampleTrades(40));
    transport.last.ack(10);
    transport.last.end(gone);
    await producer.publish(sampleTrades(5, 41));
    await clock.advance(50);
    transport.last.welcome({ resumeAfter: 15 });
    expect(transport.last.ranges).toEqual(['11+10', '21+10', '31+10', '41+5']);
    expect(producer.stats()).toMatchObject({ reconnects: 1, sentEvents: 45, durableThrough: 10 });
    expect(transport.last.hello).toMatchObject({ incarnation: 7n, knownEpoch: 1 });
  });

  it('is given up when the worker is silent while it owes an acknowledgement', async () => {
    const { clock, transport, producer } = await connected({ ackSilenceMs: 3_000 });
    await clock.advance(60_000);
    expect(transport.streams).toHaveLength(1);
    await producer.publish(sampleTrades(1));
    await clock.advance(2_900);
    transport.last.ack(0);
    await clock.advance(2_900);
    expect(transport.streams).toHaveLength(1);
    await clock.advance(200);
    expect(transport.streams[0]?.cancelled).toBe(true);
    expect(transport.streams).toHaveLength(2);
  });

  it('is given up when the worker does not answer Hello', async () => {
    const { clock, transport, producer } = setUp({ ackSilenceMs: 3_000 });
    void producer.connect();
    await clock.advance(3_100);
    expect(transport.streams[0]?.cancelled).toBe(true);
    expect(transport.streams).toHaveLength(2);
  });

  it('does not make the waits short again before something was acknowledged', async () => {
    const { clock, transport, producer } = await connected();
    await producer.publish(sampleTrades(1));
    const delays: number[] = [];
    producer.on('state', (state) => {
      if (state.kind === 'waiting') delays.push(state.delayMs);
    });
    for (let attempt = 0; attempt < 4; attempt += 1) {
      transport.last.end(gone);
      await clock.advance(1_000);
      transport.last.welcome();
    }
    expect(delays).toEqual([25, 50, 100, 200]);
    transport.last.ack(1);
    transport.last.end(gone);
    await clock.settle();
    expect(delays.at(-1)).toBe(25);
  });
});

describe('the worker', () => {
  it('may point to another one, which gets Hello at once with the epoch of its shard', async () => {
    const { clock, transport } = await connected();
    transport.last.end({
      code: 'FAILED_PRECONDITION',
      details: 'bound elsewhere',
      shard: 4,
      address: 'b:9',
    });
    await clock.settle();
    expect(transport.last.address).toBe('b:9');
    expect(transport.last.hello?.knownEpoch).toBe(0);
    transport.last.welcome({ shard: 4, epoch: 3 });
    transport.last.end({ code: 'FAILED_PRECONDITION', details: 'moved', shard: 0, address: 'a:1' });
    await clock.settle();
    expect(transport.last.hello?.knownEpoch).toBe(1);
  });

  it('is left alone for as long as it asks when it is full', async () => {
    const { clock, transport, producer } = await connected();
    await producer.publish(sampleTrades(3));
    transport.last.end({ code: 'RESOURCE_EXHAUSTED', details: 'full', pushbackMs: 700 });
    await clock.advance(699);
    expect(transport.streams).toHaveLength(1);
    await clock.advance(1);
    expect(transport.streams).toHaveLength(2);
  });

  it('gets nothing when it holds a lower epoch of the shard than one seen before', async () => {
    const { clock, transport, producer } = await connected();
    transport.last.end(gone);
    await clock.advance(50);
    transport.last.welcome({ epoch: 9 });
    transport.last.end(gone);
    await clock.advance(100);
    await producer.publish(sampleTrades(1));
    transport.last.welcome({ epoch: 8 });
    expect(transport.last.batches).toEqual([]);
    expect(transport.last.cancelled).toBe(true);
    await clock.advance(2_000);
    transport.last.welcome({ epoch: 9 });
    expect(transport.last.ranges).toEqual(['1+1']);
  });

  it('may refuse a gap: the producer goes back on the same stream', async () => {
    const { transport, producer } = await connected();
    await producer.publish(sampleTrades(30));
    transport.last.nack(11);
    transport.last.nack(11);
    expect(transport.last.ranges).toEqual(['1+10', '11+10', '21+10', '11+10', '21+10']);
    expect(producer.stats().nacks).toBe(2);
    expect(transport.streams).toHaveLength(1);
  });

  it('is left for another try when it breaks the order of the contract', async () => {
    const { clock, transport, producer } = setUp();
    void producer.connect();
    await clock.settle();
    transport.last.ack(1);
    expect(transport.last.cancelled).toBe(true);
    await clock.advance(50);
    transport.last.welcome();
    transport.last.welcome();
    expect(transport.last.cancelled).toBe(true);
  });

  it('ends the producer when it acknowledges what was never sent', async () => {
    const { transport, producer } = await connected();
    await producer.publish(sampleTrades(3));
    transport.last.ack(4);
    expect(transport.last.cancelled).toBe(true);
    await expect(producer.flush()).rejects.toMatchObject({ code: 'PRODUCER_REFUSED' });
  });

  it('is not sent more while the stream is full', async () => {
    const { transport, producer } = await connected();
    transport.last.writable = false;
    await producer.publish(sampleTrades(3));
    await producer.publish(sampleTrades(3, 4));
    await producer.publish(sampleTrades(3, 7));
    expect(transport.last.ranges).toEqual(['1+3']);
    transport.last.drain();
    expect(transport.last.ranges).toEqual(['1+3', '4+6']);
  });
});

describe('publish and flush', () => {
  it('make the caller wait while the buffer is full, and lose nothing', async () => {
    const { clock, transport, producer } = await connected({ bufferBytesMax: 2_000 });
    transport.last.end(gone);
    let published = false;
    const publishing = producer.publish(sampleTrades(200)).then(() => (published = true));
    const behind = producer.publish(sampleTrades(1, 201));
    await clock.advance(5_000);
    expect(published).toBe(false);
    expect(producer.stats().bufferBytes).toBeLessThan(2_200);
    transport.last.welcome();
    for (let round = 0; round < 100 && producer.stats().durableThrough < 201; round += 1) {
      transport.last.ack(producer.stats().sentThrough);
      await clock.settle();
    }
    await publishing;
    await behind;
    const sequences = transport.last.batches.flatMap((batch) =>
      batch.events.map(({ body }, index) => {
        if (body.case === 'trade') {
          expect(body.value.tradeId).toBe(`t${Number(batch.firstSequence) + index}`);
        }
        return Number(batch.firstSequence) + index;
      }),
    );
    expect(sequences).toEqual(sampleTrades(201).map((_, index) => index + 1));
  });

  it('give the event loop a turn when a source never waits', async () => {
    const { clock, producer } = await connected();
    let published = false;
    const publishing = producer.publish(sampleTrades(9_000)).then(() => (published = true));
    await clock.settle();
    expect(published).toBe(false);
    await clock.advance(0);
    await publishing;
  });

  it('resolve when durable and when committed', async () => {
    const { clock, transport, producer } = await connected();
    const done: string[] = [];
    await producer.publish(sampleTrades(5));
    const flushed = producer.flush().then(() => done.push('durable'));
    const committed = producer.flushCommitted().then(() => done.push('committed'));
    transport.last.ack(4, 3);
    await clock.settle();
    expect(done).toEqual([]);
    transport.last.ack(5, 4);
    await flushed;
    expect(done).toEqual(['durable']);
    transport.last.ack(5, 5);
    await committed;
    expect(done).toEqual(['durable', 'committed']);
    await producer.flushCommitted();
  });

  it('take an event that cannot be sent for what it is, and keep those before it', async () => {
    const { transport, producer } = await connected();
    const [first, second] = sampleTrades(2);
    if (first === undefined || second === undefined) throw new Error('no sample');
    const broken = { ...second, body: { case: 'trade', value: undefined } };
    await expect(producer.publish([first, broken as never, second])).rejects.toMatchObject({
      code: 'BATCH_INVALID',
    });
    await producer.publish([second]);
    expect(transport.last.ranges).toEqual(['1+1', '2+1']);
  });

  it('refuse callers who never wait', async () => {
    const { transport, producer } = await connected({ bufferBytesMax: 100 });
    transport.last.writable = false;
    const calls = Array.from({ length: 65 }, () => producer.publish(sampleTrades(9)));
    await expect(calls.at(-1)).rejects.toThrow('64 calls of publish() wait already');
    for (const call of calls) call.catch(() => undefined);
    const closing = producer.close();
    transport.last.end({ code: 'OK', details: '' });
    await closing;
    await expect(calls[1]).rejects.toThrow('is closed');
  });
});

describe('close', () => {
  it('ends the stream in order, tells who waits, and leaves no timer', async () => {
    const { clock, transport, producer } = await connected();
    await producer.publish(sampleTrades(3));
    const flushing = producer.flush();
    const closing = producer.close();
    await expect(flushing).rejects.toThrow('3 of its events were not acknowledged');
    expect(transport.last.finished).toBe(true);
    transport.last.end({ code: 'OK', details: '' });
    await closing;
    expect(clock.pending).toBe(0);
    await expect(producer.publish(sampleTrades(1))).rejects.toThrow('is closed');
    expect(producer.state).toEqual({ kind: 'closed' });
  });

  it('sends nothing behind the end of the stream', async () => {
    const { clock, transport, producer } = await connected();
    transport.last.writable = false;
    await producer.publish(sampleTrades(30));
    const closing = producer.close();
    const sent = transport.last.ranges;
    transport.last.drain();
    transport.last.ack(10);
    expect(transport.last.ranges).toEqual(sent);
    await clock.advance(1_000);
    await closing;
  });

  it('sends nothing behind the end of the stream', async () => {
    const { clock, transport, producer } = await connected();
    transport.last.writable = false;
    await producer.publish(sampleTrades(30));
    const closing = producer.close();
    const sent = transport.last.ranges;
    transport.last.drain();
    transport.last.ack(10);
    expect(transport.last.ranges).toEqual(sent);
    await clock.advance(1_000);
    await closing;
  });

  it('does not wait for a worker that never answers', async () => {
    const { clock, transport, producer } = await connected();
    const closing = producer.close();
    await clock.advance(1_000);
    await closing;
    expect(transport.last.cancelled).toBe(true);
  });

  it('ends also when the welcome crosses it: the process hung for seconds', async () => {
    const { clock, transport, producer } = setUp();
    const connecting = producer.connect();
    await clock.settle();
    const closing = producer.close();
    transport.last.welcome();
    expect(producer.state).toEqual({ kind: 'closed' });
    transport.last.end({ code: 'OK', details: '' });
    await closing;
    await expect(connecting).rejects.toThrow('is closed');
  });

  it('ends the search for a worker', async () => {
    const { clock, transport, producer } = setUp();
    const connecting = producer.connect();
    await clock.settle();
    transport.last.end(gone);
    await clock.settle();
    await producer.close();
    await expect(connecting).rejects.toThrow('is closed');
    expect(clock.pending).toBe(0);
  });
});

describe('the log', () => {
  it('warns once of a worker that stays away, not at every try', async () => {
    const lines: string[] = [];
    const logger = {
      ...silentLogger,
      warn: (_fields: object, message: string) => void lines.push(message),
    };
    const { clock, transport, producer } = setUp({}, logger);
    void producer.connect();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await clock.settle();
      transport.last.end(gone);
      await clock.advance(2_000);
    }
    expect(lines).toEqual(['the worker is tried again: UNAVAILABLE: connection dropped']);
    transport.last.welcome();
    transport.last.end(gone);
    await clock.settle();
    expect(lines).toHaveLength(2);
  });
});
