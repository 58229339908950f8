import type { EpochNanos } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import { expect, test } from 'vitest';
import { LIVE_LIMITS } from './limits.ts';
import { LiveClient, type LiveOutlet } from './live-client.ts';
import { LiveCursor } from './live-cursor.ts';
import { LiveLog } from './live-log.ts';
import { LiveMessage } from './live-message.ts';
import { TopicFilter } from './topic.ts';

const LIMITS = { ...LIVE_LIMITS, liveBehindBytesMax: 10_000, liveConflatedKeysMax: 3 };

/** A clock that stands still until it is moved. */
class StillClock implements Clock {
  nowMs = 0;
  wallNanos = (): EpochNanos => 0n as EpochNanos;
  monotonicMs = (): number => this.nowMs;
  schedule = (): object => ({});
  cancel = (): void => undefined;
}

/** A connection whose other end takes what it is let to. */
class Outlet implements LiveOutlet {
  readonly wire = 'webSocket';
  readonly frames: { event: string; id?: string; data: { n?: number; left_out?: number } }[] = [];
  endedBecause: string | undefined;
  takes = Number.POSITIVE_INFINITY;

  write(text: string): boolean {
    this.frames.push(JSON.parse(text));
    this.takes -= 1;
    return this.takes > 0;
  }

  end(reason: string): void {
    this.endedBecause = reason;
  }

  get numbers(): (number | undefined)[] {
    return this.frames.filter(({ event }) => event === 'trade').map(({ data }) => data.n);
  }
}

class Bench {
  readonly log = new LiveLog(100_000, 1_000);
  readonly clock = new StillClock();
  readonly overtaken: LiveClient[] = [];
  #position = 0;

  constructor() {
    this.log.begin(0, { events: 0, derived: 0 });
  }

  client(outlet: Outlet, topics = 'trades', isComplete = false): LiveClient {
    return new LiveClient({
      outlet,
      log: this.log,
      limits: LIMITS,
      clock: this.clock,
      filter: TopicFilter.parse(topics),
      isComplete,
      onOvertaken: (client) => this.overtaken.push(client),
      onClosed: () => undefined,
      onLeftOut: () => undefined,
    });
  }

  /** An entry of trades with these numbers, each of an instrument of its own. */
  trades(numbers: readonly number[], instrumentOf = (n: number): string => `I${n}.X`): void {
    this.#position += 1;
    const messages = numbers.map(
      (n, index) =>
        new LiveMessage({
          topic: 'trades',
          names: [instrumentOf(n)],
          key: instrumentOf(n),
          ordinal: index + 1,
          write: () => JSON.stringify({ n }),
        }),
    );
    this.log.append({ shard: 0, flow: 'events', position: this.#position }, messages, 100);
  }
}

test('a client gets what it asked for, in order, from when it began', () => {
  const bench = new Bench();
  bench.trades([1]);
  const outlet = new Outlet();
  const client = bench.client(outlet, 'trades:I2.X,trades:I4.X');
  client.follow();
  bench.trades([2, 3]);
  bench.trades([4]);
  client.advance();
  expect(outlet.numbers).toEqual([2, 4]);
});

test('a client that comes back at any message gets exactly what it has not had', () => {
  const bench = new Bench();
  const first = new Outlet();
  const client = bench.client(first);
  client.follow();
  for (let entry = 0; entry < 5; entry += 1) bench.trades([1, 2, 3].map((n) => entry * 10 + n));
  client.advance();
  expect(first.frames).toHaveLength(15);
  for (const [index, { id = '' }] of first.frames.entries()) {
    const second = new Outlet();
    bench.client(second).join(LiveCursor.parse(id));
    expect(second.numbers).toEqual(first.numbers.slice(index + 1));
  }
});

test('a slow client is told how much was left out and gets the newest of each key', () => {
  const bench = new Bench();
  const outlet = new Outlet();
  outlet.takes = 1;
  const client = bench.client(outlet);
  client.follow();
  bench.trades([0]);
  client.advance();
  for (let n = 1; n <= 60; n += 1) bench.trades([n], (each) => (each % 2 === 0 ? 'A' : 'B'));
  outlet.takes = Number.POSITIVE_INFINITY;
  client.onWritable();
  expect(outlet.frames[1]).toEqual({ event: 'conflated', data: { left_out: 58, kept: 2 } });
  expect(outlet.numbers).toEqual([0, 59, 60]);
  // Only behind the last of them may it come back.
  expect(outlet.frames.map(({ id }) => id !== undefined)).toEqual([true, false, false, true]);
  expect(outlet.frames.at(-1)?.id).toBe(String(bench.log.head));
});

test('what a client that takes nothing costs has a bound', () => {
  const bench = new Bench();
  const outlet = new Outlet();
  outlet.takes = 1;
  const client = bench.client(outlet);
  client.follow();
  for (let n = 0; n < 3_000; n += 1) {
    bench.trades([n], (each) => `I${each % 10}`);
    client.makeRoom();
    bench.log.trim();
    client.advance();
  }
  expect(bench.log.bytes).toBeLessThanOrEqual(100_000);
  outlet.takes = Number.POSITIVE_INFINITY;
  client.onWritable();
  const leftOut = outlet.frames.reduce((sum, { data }) => sum + (data.left_out ?? 0), 0);
  expect(outlet.numbers.length + leftOut).toBe(3_000);
  expect(outlet.frames.at(-1)?.id).toBe(String(bench.log.head));
});

test('a client that wants everything is never conflated, and says where it was overtaken', () => {
  const bench = new Bench();
  const outlet = new Outlet();
  outlet.takes = 1;
  const client = bench.client(outlet, 'trades', true);
  client.follow();
  for (let n = 0; n < 300; n += 1) {
    bench.trades([n]);
    bench.log.trim();
    client.advance();
  }
  outlet.takes = Number.POSITIVE_INFINITY;
  client.onWritable();
  expect(outlet.frames.every(({ event }) => event === 'trade')).toBe(true);
  expect(bench.overtaken).toEqual([client]);
  expect(String(client.cursor)).toBe(outlet.frames.at(-1)?.id);
});

test('a stream that is silent says that it is there, and where', () => {
  const bench = new Bench();
  const outlet = new Outlet();
  const client = bench.client(outlet, 'news');
  client.follow();
  bench.trades([1, 2, 3]);
  client.advance();
  client.onBeat(LIMITS.liveHeartbeatMs - 1);
  expect(outlet.frames).toHaveLength(0);
  client.onBeat(LIMITS.liveHeartbeatMs);
  expect(outlet.frames[0]).toMatchObject({ event: 'heartbeat', id: String(bench.log.head) });
});

test('a client that takes nothing for long is cut', () => {
  const bench = new Bench();
  const outlet = new Outlet();
  outlet.takes = 1;
  const client = bench.client(outlet);
  client.follow();
  bench.trades([1]);
  client.advance();
  client.onBeat(LIMITS.liveStuckMs);
  expect(outlet.endedBecause).toBeUndefined();
  client.onBeat(LIMITS.liveStuckMs + 1);
  expect(outlet.endedBecause).toMatch(/nothing was taken/);
});
