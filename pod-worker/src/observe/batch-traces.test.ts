import { asPosition } from '@feedmill/core/brand';
import type { Tracer } from '@feedmill/core/tracer';
import { beforeEach, describe, expect, it } from 'vitest';
import { BatchTraces } from './batch-traces.ts';

const OPEN_MAX = 3;

let nowMs = 0;
/** `name <- parent: start to end` of each span that has ended. */
let ended: string[] = [];
const tracer: Tracer = {
  start: (name, atMs, _facts, parent) => ({
    traceparent: name,
    end: (endMs) => void ended.push(`${name} <- ${parent}: ${atMs} to ${endMs}`),
  }),
};
const clock = {
  monotonicMs: () => nowMs,
  wallNanos: () => {
    throw new Error('spans are measured on the monotonic clock');
  },
  schedule: () => ({}),
  cancel: () => undefined,
};
const tracesOf = (hasRegions: boolean): BatchTraces =>
  new BatchTraces(tracer, clock, hasRegions, OPEN_MAX);
const receive = (traces: BatchTraces, ...positions: number[]): void => {
  for (const position of positions) {
    traces.received(asPosition(position), { traceparent: 'publish', receivedMs: nowMs }, {});
  }
};
const namesOf = (name: string): number => ended.filter((each) => each.startsWith(name)).length;

beforeEach(() => {
  nowMs = 0;
  ended = [];
});

describe('the traces of batches', () => {
  it('have a span for each step, each the parent of the next', () => {
    const traces = tracesOf(true);
    receive(traces, 7);
    nowMs = 1;
    traces.durable(asPosition(6));
    nowMs = 2;
    traces.durable(asPosition(7));
    nowMs = 5;
    traces.released(asPosition(8));
    nowMs = 6;
    const span = traces.apply(asPosition(7));
    span?.end(7);
    traces.committed(asPosition(9), 8, 11);
    expect(ended).toEqual([
      'feedmill.receive <- publish: 0 to 0',
      'feedmill.journal <- feedmill.receive: 0 to 2',
      'feedmill.replicate <- feedmill.journal: 2 to 5',
      'feedmill.apply <- feedmill.replicate: 6 to 7',
      'feedmill.commit <- feedmill.apply: 8 to 11',
    ]);
  });

  it('end with the commit that holds the batch, not with one before it', () => {
    const traces = tracesOf(false);
    receive(traces, 1, 2);
    traces.committed(asPosition(1), 0, 1);
    expect(namesOf('feedmill.commit')).toBe(1);
    traces.committed(asPosition(2), 1, 2);
    traces.committed(asPosition(3), 2, 3);
    expect(namesOf('feedmill.commit')).toBe(2);
  });

  it('leave an entry alone that is not traced', () => {
    const traces = tracesOf(false);
    receive(traces, 1);
    expect(traces.apply(asPosition(2))).toBeUndefined();
  });

  it('are followed up to their bound, and again when there is room', () => {
    const traces = tracesOf(false);
    receive(traces, 1, 2, 3, 4);
    expect(namesOf('feedmill.receive')).toBe(OPEN_MAX);
    traces.committed(asPosition(4), 0, 1);
    receive(traces, 5);
    expect(namesOf('feedmill.receive')).toBe(OPEN_MAX + 1);
  });

  it('forget what was cut off the journal, whose positions come anew', () => {
    const traces = tracesOf(true);
    receive(traces, 1, 2, 3);
    receive(traces, 2);
    traces.committed(asPosition(3), 0, 1);
    expect(namesOf('feedmill.commit')).toBe(1);
  });
});
