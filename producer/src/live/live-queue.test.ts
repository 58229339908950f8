import { describe, expect, it } from 'vitest';
import { sampleTrades } from '../sdk/testing/sample-events.ts';
import {
  LIVE_CHUNK_EVENTS_MAX,
  QUEUE_EVENTS_MAX,
  QUEUE_EVENTS_PAUSED,
  QUEUE_EVENTS_RESUMED,
} from './limits.ts';
import { LiveQueue } from './live-queue.ts';

const events = sampleTrades(1024);
const fill = (queue: LiveQueue, length: number): void => {
  while (queue.length < length) queue.add(events.slice(0, length - queue.length));
};

describe('LiveQueue', () => {
  it('asks for a pause when it is long, and until it is short', async () => {
    const queue = new LiveQueue();
    fill(queue, QUEUE_EVENTS_PAUSED - 1);
    expect(queue.level).toBe('open');
    fill(queue, QUEUE_EVENTS_PAUSED);
    expect(queue.level).toBe('pause');
    while (queue.length > QUEUE_EVENTS_RESUMED + LIVE_CHUNK_EVENTS_MAX) {
      await queue.take();
      expect(queue.level).toBe('pause');
    }
    await queue.take();
    expect(queue.level).toBe('open');
    fill(queue, QUEUE_EVENTS_MAX);
    expect(queue.level).toBe('full');
  });

  it('hands everything out in order and in pieces, the rest at once when it ends', async () => {
    const queue = new LiveQueue();
    queue.add(events);
    expect(await queue.take()).toEqual(events.slice(0, LIVE_CHUNK_EVENTS_MAX));
    queue.add(events.slice(0, 700));
    queue.end();
    const rest = [...events.slice(LIVE_CHUNK_EVENTS_MAX), ...events.slice(0, 700)];
    expect(await queue.take()).toEqual(rest);
    expect(await queue.take()).toBeUndefined();
  });

  it('wakes who waits for the next event, or for the end', async () => {
    const queue = new LiveQueue();
    const taken = queue.take();
    queue.add(events.slice(0, 1));
    expect(await taken).toHaveLength(1);
    const ended = queue.take();
    queue.end();
    expect(await ended).toBeUndefined();
  });
});
