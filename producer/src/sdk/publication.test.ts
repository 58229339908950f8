import { asEpoch, asSequence } from '@feedmill/core/brand';
import { describe, expect, it } from 'vitest';
import { Publication } from './publication.ts';
import { sampleTrades } from './testing/sample-events.ts';
import type { WelcomeMessage } from './worker-message.ts';

function welcome(resumeAfter: number, fields: Partial<WelcomeMessage> = {}): WelcomeMessage {
  return {
    kind: 'welcome',
    resumeAfter: asSequence(resumeAfter),
    committedThrough: asSequence(0),
    shard: 0,
    epoch: asEpoch(1),
    batchBytesMax: 4 << 20,
    bytesInFlightMax: 8 << 20,
    ...fields,
  };
}

const ack = (durable: number, committed = 0) =>
  ({
    kind: 'ack',
    durableThrough: asSequence(durable),
    committedThrough: asSequence(committed),
  }) as const;

const nack = (expected: number) =>
  ({ kind: 'nack', expectedSequence: asSequence(expected), reason: 'a gap' }) as const;

function startedAfter(resumeAfter: number, lingerMs = 0): Publication {
  const publication = new Publication({
    producer: 'feed-1',
    bufferBytesMax: 1 << 20,
    batchEventsMax: 10,
    lingerMs,
  });
  publication.resume(welcome(resumeAfter), 0);
  publication.acknowledge(ack(resumeAfter), 0);
  return publication;
}

function publish(publication: Publication, count: number, nowMs = 0): void {
  const events = sampleTrades(count);
  for (let index = 0; index < count; ) index = publication.take(events, index, nowMs);
}

function send(publication: Publication, nowMs = 0): string[] {
  const ranges: string[] = [];
  let batch = publication.nextToSend(nowMs);
  for (; batch !== undefined; batch = publication.nextToSend(nowMs)) {
    ranges.push(`${batch.firstSequence}..${batch.lastSequence}`);
  }
  return ranges;
}

describe('Publication', () => {
  it('sends small batches at once while few are unacknowledged, then gathers', () => {
    const publication = startedAfter(0);
    const sent: string[] = [];
    for (let event = 0; event < 13; event += 1) {
      publish(publication, 1);
      sent.push(...send(publication));
    }
    expect(sent).toEqual(['1..1', '2..2', '3..3', '4..4']);
    publish(publication, 3);
    expect(send(publication)).toEqual(['5..14']);
    publication.acknowledge(ack(2), 1);
    expect(send(publication)).toEqual(['15..16']);
  });

  it('sends what is flushed although many batches are unacknowledged', () => {
    const publication = startedAfter(0);
    for (let event = 0; event < 6; event += 1) {
      publish(publication, 1);
      send(publication);
    }
    expect(publication.sentThrough).toBe(4);
    publication.flush();
    expect(send(publication)).toEqual(['5..6']);
  });

  it('lets events wait for one another as long as it was told, no longer', () => {
    const publication = startedAfter(0, 5);
    publish(publication, 1, 100);
    expect(send(publication, 104)).toEqual([]);
    expect(publication.lingerEndsMs).toBe(105);
    publish(publication, 1, 104);
    expect(send(publication, 105)).toEqual(['1..2']);
    publish(publication, 10, 106);
    expect(send(publication, 106)).toEqual(['3..12']);
  });

  it('never has more bytes unacknowledged than the worker gives credit for', () => {
    const publication = startedAfter(0);
    publish(publication, 100);
    const batchBytes = publication.bufferBytes / 10;
    publication.resume(welcome(0, { bytesInFlightMax: Math.ceil(batchBytes * 3.5) }), 0);
    expect(send(publication)).toEqual(['1..10', '11..20', '21..30']);
    publication.acknowledge(ack(10), 0);
    expect(send(publication)).toEqual(['31..40']);
    publication.resume(welcome(10, { bytesInFlightMax: 1 }), 0);
    expect(send(publication)).toEqual(['11..20']);
  });

  it('sends again from where the worker stands, an overlapping batch whole', () => {
    const publication = startedAfter(0);
    publish(publication, 40);
    send(publication);
    publication.resume(welcome(25), 0);
    expect(send(publication)).toEqual(['21..30', '31..40']);
    expect(publication.resentBatches).toBe(2);
  });

  it('holds what the worker has received until it is durable there', () => {
    const publication = startedAfter(0);
    publish(publication, 20);
    send(publication);
    // The worker has all of it in memory, dies, and comes back with the first ten.
    publication.resume(welcome(20), 0);
    expect(send(publication)).toEqual([]);
    publication.resume(welcome(10), 0);
    expect(send(publication)).toEqual(['11..20']);
    publication.acknowledge(ack(20), 0);
    expect(publication.bufferBytes).toBe(0);
  });

  it('begins anew behind the worker as long as the first position was not durable', () => {
    const publication = new Publication({
      producer: 'feed-1',
      bufferBytesMax: 1 << 20,
      batchEventsMax: 10,
      lingerMs: 0,
    });
    publication.resume(welcome(50), 0);
    expect(publication.settled).toBe(false);
    publication.acknowledge(ack(40), 0);
    publication.resume(welcome(44), 0);
    expect(publication.settled).toBe(false);
    publication.acknowledge(ack(44), 0);
    expect(publication.settled).toBe(true);
    expect(publication.publishedThrough).toBe(44);
  });

  it('takes what is committed for durable', () => {
    const publication = startedAfter(0);
    publish(publication, 10);
    send(publication);
    publication.resume(welcome(10, { committedThrough: asSequence(10) }), 0);
    expect(publication.durableThrough).toBe(10);
    expect(publication.bufferBytes).toBe(0);
  });

  it('goes back once for all the batches that were refused behind one gap', () => {
    const publication = startedAfter(0);
    publish(publication, 40);
    send(publication);
    publication.rewind(nack(11));
    expect(send(publication)).toEqual(['11..20', '21..30', '31..40']);
    publication.rewind(nack(11));
    expect(send(publication)).toEqual([]);
    publication.rewind(nack(21));
    expect(send(publication)).toEqual(['21..30', '31..40']);
    expect(publication.nacks).toBe(3);
  });

  it('refuses to go on when the worker has more than was ever sent', () => {
    const other = /Another process sends under the same name/;
    const publication = startedAfter(100);
    publish(publication, 10);
    expect(() => publication.acknowledge(ack(101), 0)).toThrow(other);
    expect(() => publication.resume(welcome(105), 0)).toThrow(other);
    expect(() => publication.rewind(nack(102))).toThrow(other);
  });

  it('refuses to go on when the worker has lost what it acknowledged', () => {
    const publication = startedAfter(100);
    publish(publication, 20);
    send(publication);
    publication.acknowledge(ack(110), 0);
    const lost = /up to 110 were acknowledged and are no longer held here/;
    expect(() => publication.resume(welcome(105), 0)).toThrow(lost);
    expect(() => publication.rewind(nack(110))).toThrow(lost);
  });

  it('refuses a worker whose batches are smaller than one that waits', () => {
    const publication = startedAfter(0);
    publish(publication, 10);
    expect(() => publication.resume(welcome(0, { batchBytesMax: 100 }), 0)).toThrow(
      /A batch of \d+ bytes waits for shard 0, which takes 100/,
    );
  });

  it('never lets its positions fall', () => {
    const publication = startedAfter(0);
    publish(publication, 20);
    send(publication);
    publication.acknowledge(ack(20, 20), 0);
    publication.acknowledge(ack(10, 5), 0);
    expect([publication.durableThrough, publication.committedThrough]).toEqual([20, 20]);
  });

  it('measures from publish and from the first send, per event', () => {
    const publication = startedAfter(0);
    publish(publication, 10, 5);
    send(publication, 7);
    publication.resume(welcome(0), 8);
    send(publication, 9);
    publication.acknowledge(ack(10), 10);
    publication.acknowledge(ack(10, 10), 20);
    const { latency } = publication;
    expect(latency.publishedToDurable.toPairs()).toEqual([[5_000, 10]]);
    expect(latency.sentToDurable.toPairs()).toEqual([[3_000, 10]]);
    expect(latency.publishedToCommitted.toPairs()).toEqual([[15_000, 10]]);
    expect(latency.sentToCommitted.toPairs()).toEqual([[13_000, 10]]);
  });
});
