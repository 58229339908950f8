import { seededRandom } from '@feedmill/core/random';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RETRY_MS_MAX, RETRY_MS_MIN } from './limits.ts';
import { type LiveEvent, type LiveState, nextLiveState } from './live-state.ts';

const CLOSED: LiveState = { kind: 'closed', cursor: undefined };
const random = seededRandom(1);
const after = (events: readonly LiveEvent[], from: LiveState = CLOSED): LiveState =>
  events.reduce((state, event) => nextLiveState(state, event, random), from);

const lost = (nowMs: number): LiveEvent => ({ kind: 'lost', nowMs, reason: 'gone' });
const opened: LiveEvent = { kind: 'opened', nowMs: 0 };

test('a stream that is lost resumes behind the last message that it took', () => {
  const state = after([
    { kind: 'start' },
    opened,
    { kind: 'heard', nowMs: 1, cursor: '3:17' },
    { kind: 'heard', nowMs: 2 },
    lost(3),
    { kind: 'due' },
  ]);
  expect(state).toEqual({ kind: 'connecting', cursor: '3:17', attempt: 1 });
});

test('waits grow up to a bound and start over once it worked', () => {
  let state = after([{ kind: 'start' }]);
  const waitsMs: number[] = [];
  for (let tries = 0; tries < 8; tries += 1) {
    state = after([lost(1000)], state);
    if (state.kind === 'waiting') waitsMs.push(state.retryMs - 1000);
    state = after([{ kind: 'due' }], state);
  }
  for (const [attempt, waitMs] of waitsMs.entries()) {
    const boundMs = Math.min(RETRY_MS_MIN * 2 ** attempt, RETRY_MS_MAX);
    expect(waitMs).toBeGreaterThanOrEqual(boundMs / 2);
    expect(waitMs).toBeLessThanOrEqual(boundMs);
  }
  state = after([opened, lost(0)], state);
  expect(state).toMatchObject({ kind: 'waiting', attempt: 1 });
  expect(state.kind === 'waiting' && state.retryMs).toBeLessThanOrEqual(RETRY_MS_MIN);
});

test('a gateway that sheds load is not asked again before it says', () => {
  const state = after([
    { kind: 'start' },
    { kind: 'lost', nowMs: 100, reason: 'busy', retryAfterMs: 60_000 },
  ]);
  expect(state).toMatchObject({ kind: 'waiting', retryMs: 60_100 });
});

test('a refused key is not tried again until somebody gives another', () => {
  const refused = after([{ kind: 'start' }, { kind: 'refused', reason: 'unknown key' }]);
  expect(after([{ kind: 'due' }, lost(0), opened], refused)).toEqual(refused);
  expect(after([{ kind: 'start' }], refused).kind).toBe('connecting');
});

test('no order of events loses the cursor but a gateway that forgot it', () => {
  const event = fc.constantFrom<LiveEvent>(
    { kind: 'start' },
    opened,
    { kind: 'heard', nowMs: 5 },
    lost(9),
    { kind: 'due' },
    { kind: 'refused', reason: 'no' },
    { kind: 'stop' },
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const open: LiveState = { kind: 'open', cursor: '7', heardMs: 0 };
      expect(after(events, open).cursor).toBe('7');
      const forgot = after([{ kind: 'start' }, { kind: 'forgotten' }], after(events, open));
      expect(forgot.cursor).toBe(forgot.kind === 'connecting' ? undefined : '7');
    }),
  );
});
