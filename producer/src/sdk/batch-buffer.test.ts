import { fromBinary } from '@bufbuild/protobuf';
import { asSequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import { PublishRequestSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import { describe, expect, it } from 'vitest';
import { BatchBuffer } from './batch-buffer.ts';
import { sampleTrade, sampleTrades } from './testing/sample-events.ts';

function bufferOf(events: readonly FeedEvent[], batchEventsMax = 10): BatchBuffer {
  const buffer = new BatchBuffer({ bytesMax: 1 << 20, batchEventsMax });
  for (const event of events) buffer.add(event, 0);
  return buffer;
}

/** Sends everything; gives the trade ids of each batch, and checks its numbering. */
function sendAll(buffer: BatchBuffer): string[][] {
  const sent: string[][] = [];
  for (let batch = buffer.firstUnsent; batch !== undefined; batch = buffer.firstUnsent) {
    const { request } = fromBinary(PublishRequestSchema, batch.request);
    if (request.case !== 'batch') throw new Error('not a batch');
    expect(Number(request.value.firstSequence)).toBe(batch.firstSequence);
    expect(request.value.events.length).toBe(batch.lastSequence - batch.firstSequence + 1);
    sent.push(
      request.value.events.map(({ body }) => (body.case === 'trade' ? body.value.tradeId : '')),
    );
    buffer.markSent(0);
  }
  return sent;
}

describe('BatchBuffer', () => {
  it('numbers events without a hole, beginning behind the position it starts after', () => {
    const buffer = new BatchBuffer({ bytesMax: 1 << 20, batchEventsMax: 3 });
    buffer.startAfter(asSequence(100));
    for (const event of sampleTrades(7)) buffer.add(event, 0);
    buffer.closeOpen();
    expect(sendAll(buffer)).toEqual([['t1', 't2', 't3'], ['t4', 't5', 't6'], ['t7']]);
    expect(buffer.nextSequence).toBe(108);
  });

  it('keeps a batch until its last event is durable', () => {
    const buffer = bufferOf(sampleTrades(20));
    sendAll(buffer);
    const dropped: number[] = [];
    const drop = (through: number) =>
      buffer.dropThrough(asSequence(through), (batch) => dropped.push(batch.lastSequence));
    drop(9);
    expect(dropped).toEqual([]);
    drop(19);
    expect(dropped).toEqual([10]);
    expect(buffer.inFlightBatches).toBe(1);
    drop(20);
    expect(dropped).toEqual([10, 20]);
    expect(buffer.bytes).toBe(0);
    expect(buffer.inFlightBytes).toBe(0);
  });

  it('sends the batch that holds a sequence whole when it goes back to it', () => {
    const buffer = bufferOf(sampleTrades(30));
    sendAll(buffer);
    const inFlightBytes = buffer.inFlightBytes;
    buffer.rewindTo(asSequence(15));
    expect(buffer.inFlightBatches).toBe(1);
    expect(sendAll(buffer).map((ids) => ids[0])).toEqual(['t11', 't21']);
    expect(buffer.inFlightBytes).toBe(inFlightBytes);
  });

  it('closes a batch before the event that would make it too large', () => {
    const buffer = new BatchBuffer({ bytesMax: 1 << 20, batchEventsMax: 100 });
    buffer.limitBatchBytes(400);
    for (const event of sampleTrades(10)) buffer.add(event, 0);
    buffer.add(sampleTrade(11, 'x'.repeat(250)), 0);
    buffer.closeOpen();
    let sizes = 0;
    for (let batch = buffer.firstUnsent; batch !== undefined; batch = buffer.firstUnsent) {
      expect(batch.batchBytes).toBeLessThanOrEqual(400);
      sizes += batch.lastSequence - batch.firstSequence + 1;
      buffer.markSent(0);
    }
    expect(sizes).toBe(11);
    buffer.rewindTo(asSequence(1));
    const ids = sendAll(buffer).flat();
    expect(ids).toEqual([...sampleTrades(10).map((_, i) => `t${i + 1}`), 'x'.repeat(250)]);
  });

  it('refuses an event that is larger than a batch may be and goes on with the next', () => {
    const buffer = new BatchBuffer({ bytesMax: 1 << 20, batchEventsMax: 100 });
    buffer.limitBatchBytes(400);
    buffer.add(sampleTrade(1), 0);
    expect(() => buffer.add(sampleTrade(2, 'x'.repeat(500)), 0)).toThrow(
      /sequence 2 takes \d+ bytes; the worker takes batches of at most 400/,
    );
    buffer.add(sampleTrade(3), 0);
    buffer.closeOpen();
    expect(sendAll(buffer)).toEqual([['t1'], ['t3']]);
    expect(buffer.nextSequence).toBe(3);
  });

  it('leaves nothing behind of an event that cannot be encoded', () => {
    const buffer = bufferOf(sampleTrades(2));
    const broken = { ...sampleTrade(3), body: { case: 'trade', value: undefined } };
    expect(() => buffer.add(broken as unknown as FeedEvent, 0)).toThrow(
      /event for sequence 3 cannot be encoded/,
    );
    buffer.add(sampleTrade(4), 0);
    buffer.closeOpen();
    expect(sendAll(buffer)).toEqual([['t1', 't2'], ['t4']]);
  });

  it('is full once its bytes are reached, and never holds more than one event beyond', () => {
    const bytesMax = 5_000;
    const buffer = new BatchBuffer({ bytesMax, batchEventsMax: 7 });
    let largest = 0;
    while (!buffer.full) {
      const before = buffer.bytes;
      buffer.add(sampleTrade(1), 0);
      largest = Math.max(largest, buffer.bytes - before);
    }
    expect(buffer.bytes).toBeGreaterThanOrEqual(bytesMax);
    expect(buffer.bytes).toBeLessThan(bytesMax + largest);
  });

  it('gives memory back while batches come and go', () => {
    const buffer = new BatchBuffer({ bytesMax: 1 << 20, batchEventsMax: 1 });
    let dropped = 0;
    for (let number = 1; number <= 5_000; number += 1) {
      buffer.add(sampleTrade(number), 0);
      buffer.markSent(0);
      if (number > 10) buffer.dropThrough(asSequence(number - 10), () => (dropped += 1));
    }
    expect(dropped).toBe(4_990);
    expect(buffer.inFlightBatches).toBe(10);
    buffer.rewindTo(asSequence(4_995));
    expect(sendAll(buffer).flat()).toEqual(['t4995', 't4996', 't4997', 't4998', 't4999', 't5000']);
  });
});
