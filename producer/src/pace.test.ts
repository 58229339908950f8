import type { FeedEvent } from '@feedmill/core/event';
import { TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { paceChunks } from './pace.ts';
import { ManualClock } from './sdk/testing/manual-clock.ts';

const symbol = { publisherId: 1, venue: 'X', rawSymbol: '' };
const eventAt = (ms: number): FeedEvent => ({
  symbol,
  tsEvent: 0n,
  tsEventSource: TsEventSource.VENUE,
  tsRecv: 1_700_000_000_000_000_000n + BigInt(ms) * 1_000_000n,
  body: { case: 'feedStatus', value: {} },
});

async function* chunksOf(...chunks: number[][]): AsyncIterable<readonly FeedEvent[]> {
  for (const chunk of chunks) yield chunk.map(eventAt);
}

/** What had come out at each of the given times. */
async function playedBy(
  times: readonly number[],
  speed: number,
  ...chunks: number[][]
): Promise<number[][]> {
  const clock = new ManualClock();
  const seen: number[][] = [];
  const running = (async () => {
    const paced = paceChunks(chunksOf(...chunks), clock, speed, new AbortController().signal);
    for await (const chunk of paced)
      seen.push(chunk.map((each) => Number(each.tsRecv / 1_000_000n)));
  })();
  const played: number[][] = [];
  let now = 0;
  for (const time of times) {
    await clock.advance(time - now);
    now = time;
    played.push(seen.flat().map((each) => each - 1_700_000_000_000));
  }
  await clock.advance(1e9);
  await running;
  return played;
}

describe('paceChunks', () => {
  it('hands out each event at its time, the first at once, none earlier or later', async () => {
    const played = await playedBy([0, 9, 10, 19, 20], 1, [0, 10, 10, 20], [30]);
    expect(played).toEqual([[0], [0], [0, 10, 10], [0, 10, 10], [0, 10, 10, 20]]);
  });

  it('plays at any factor', async () => {
    expect(await playedBy([9, 10], 10, [0, 100])).toEqual([[0], [0, 100]]);
    expect(await playedBy([199, 200], 0.5, [0, 100])).toEqual([[0], [0, 100]]);
  });

  it('hands on at once what goes back in time, in its order', async () => {
    expect(await playedBy([10], 1, [0, 10, 5, 11])).toEqual([[0, 10, 5]]);
  });

  it('passes chunks as they are at speed 0, without waiting', async () => {
    expect(await playedBy([0], 0, [0, 1e6], [2e6])).toEqual([[0, 1e6, 2e6]]);
  });

  it('waits for longer than one timer can', async () => {
    const monthMs = 40 * 86_400_000;
    const clock = new ManualClock();
    const paced = paceChunks(chunksOf([0, monthMs]), clock, 1, new AbortController().signal);
    const iterator = paced[Symbol.asyncIterator]();
    await iterator.next();
    let isDone = false;
    const second = iterator.next().then(() => (isDone = true));
    await clock.advance(monthMs - 1);
    expect(isDone).toBe(false);
    await clock.advance(1);
    await second;
  });

  it('ends when it is aborted while it waits, and leaves no timer', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const iterator = paceChunks(chunksOf([0, 1000]), clock, 1, abort.signal)[
      Symbol.asyncIterator
    ]();
    await iterator.next();
    const next = iterator.next();
    await clock.settle();
    abort.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(clock.pending).toBe(0);
  });
});
