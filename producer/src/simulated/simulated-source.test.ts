import { asSequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import { describe, expect, it } from 'vitest';
import { CHUNK_EVENTS_MAX } from '../capture/limits.ts';
import { hashOf, readEvents, sourceOf, textOf } from '../capture/testing/source-reading.ts';
import { ManualClock } from '../sdk/testing/manual-clock.ts';
import { parseSourceSpec } from '../source-spec.ts';
import { LAG_MS_MAX } from './limits.ts';
import { PREAMBLE_EVENTS } from './simulated-market.ts';
import { SimulatedSource } from './simulated-source.ts';

function liveSource(spec: string) {
  const parsed = parseSourceSpec(spec);
  if (parsed.kind !== 'simulated') throw new TypeError(spec);
  const clock = new ManualClock();
  const warnings: string[] = [];
  const source = new SimulatedSource(parsed, { clock, warn: (text) => void warnings.push(text) });
  return { clock, warnings, source };
}

/** Reads in the background into a list. */
function reading(source: SimulatedSource, after = 0) {
  const abort = new AbortController();
  const events: FeedEvent[] = [];
  const done = (async () => {
    for await (const chunk of source.events(asSequence(after), abort.signal)) events.push(...chunk);
  })();
  return { events, abort, done };
}

describe('a simulated source at speed 0', () => {
  it('gives the same events in every run, and from any number on', async () => {
    const spec = 'simulated:?speed=0&events=3000';
    const all = await readEvents(sourceOf(spec).source);
    expect(all).toHaveLength(3000);
    for (const after of [0, 1, 20, 21, 22, 511, 512, 2999, 3000]) {
      expect(hashOf(await readEvents(sourceOf(spec).source, after))).toBe(hashOf(all.slice(after)));
    }
  });

  it('hands over full chunks and knows how far it has come', async () => {
    const { source } = sourceOf('simulated:?speed=0&events=1000');
    expect(source.progress().fraction).toBe(0);
    const sizes: number[] = [];
    for await (const chunk of source.events(asSequence(0), new AbortController().signal)) {
      sizes.push(chunk.length);
    }
    expect(sizes).toEqual([CHUNK_EVENTS_MAX, 1000 - CHUNK_EVENTS_MAX]);
    expect(source.progress()).toEqual({ fraction: 1, problems: {} });
    expect(sourceOf('simulated:?speed=0').source.progress().fraction).toBe(undefined);
  });

  it('goes on after a thousand million events at once', async () => {
    const { source } = sourceOf('simulated:?speed=0');
    const events = source.events(asSequence(1e9), new AbortController().signal);
    const first = await events[Symbol.asyncIterator]().next();
    expect((first.value as FeedEvent[]).length).toBe(CHUNK_EVENTS_MAX);
  });
});

describe('a live simulated source', () => {
  it('hands out each event when the clock has reached its time', async () => {
    const { clock, source } = liveSource('simulated:?rate=100');
    const started = clock.wallNanos();
    const { events, abort, done } = reading(source);
    await clock.advance(0);
    expect(events).toHaveLength(PREAMBLE_EVENTS + 1);
    expect(events[0]?.tsEvent).toBe(started);
    await clock.advance(1000);
    expect(events).toHaveLength(PREAMBLE_EVENTS + 101);
    expect(events.at(-1)?.tsEvent).toBe(clock.wallNanos());
    abort.abort();
    await done;
    expect(clock.pending).toBe(0);
  });

  it('plays a given start at the pace of its times, the same in every run', async () => {
    const spec = 'simulated:?rate=100&start=2024-01-01T00:00:00Z&events=200';
    const runs: string[] = [];
    for (const after of [0, 100]) {
      const { clock, source } = liveSource(spec);
      const { events, done } = reading(source, after);
      await clock.advance(2000);
      await done;
      runs.push(hashOf(events.slice(after === 0 ? 100 : 0)));
    }
    expect(runs[0]).toBe(runs[1]);
  });

  it('goes on from now after a restart', async () => {
    const { clock, source } = liveSource('simulated:?rate=100');
    await clock.advance(3_600_000);
    const { events, abort, done } = reading(source, 5000);
    await clock.advance(100);
    expect(events).toHaveLength(11);
    expect(events.at(-1)?.tsEvent).toBe(clock.wallNanos());
    abort.abort();
    await done;
  });

  it('hands out again what it has handed out, unchanged and at once', async () => {
    const { clock, source } = liveSource('simulated:?rate=100');
    const first = reading(source);
    await clock.advance(10_000);
    first.abort.abort();
    await first.done;
    await clock.advance(60_000);
    const again = reading(source, 500);
    await clock.advance(0);
    const handedOut = first.events.length;
    expect(again.events.slice(0, handedOut - 500).map(textOf)).toEqual(
      first.events.slice(500).map(textOf),
    );
    expect(again.events).toHaveLength(handedOut - 500 + 1);
    expect(again.events.at(-1)?.tsEvent).toBe(clock.wallNanos());
    again.abort.abort();
    await again.done;
  });

  it('jumps to now, counts it and says it once, when its reader is too slow', async () => {
    const { clock, warnings, source } = liveSource('simulated:?rate=1000');
    const events = source.events(asSequence(0), new AbortController().signal);
    const chunks = events[Symbol.asyncIterator]();
    await chunks.next();
    let latest: readonly FeedEvent[] = [];
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(LAG_MS_MAX + 1000);
      latest = (await chunks.next()).value as readonly FeedEvent[];
      expect(latest[0]?.tsEvent).toBe(clock.wallNanos());
    }
    expect(source.progress().problems).toEqual({ fell_behind: 3 });
    expect(warnings).toEqual([expect.stringMatching(/is 5999 ms behind its clock, 5000 ms are/)]);
  });
});
