import type { JSX } from 'preact';
import { clockText } from '../text/time-text.ts';
import { useServices } from './services.ts';

const NANOS_PER_MS = 1_000_000n;

/** Says that the connection is lost, what is shown meanwhile, and when it is tried again. */
export function ConnectionNote(): JSX.Element {
  return (
    <div role="status" class="note-place">
      <LostNote />
    </div>
  );
}

function LostNote(): JSX.Element | null {
  const { browser, live, nowMs } = useServices();
  const state = live.state.value;
  const isTryingAgain = state.kind === 'connecting' && state.attempt > 0;
  if (state.kind !== 'waiting' && !isTryingAgain) return null;
  // Read so that the note counts down.
  void nowMs.value;
  const leftMs = state.kind === 'waiting' ? state.retryMs - browser.clock.monotonicMs() : 0;
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  return (
    <div class="note">
      <strong>Connection lost.</strong>
      <span>
        {shownText(live.heardMs.value)}{' '}
        {state.kind === 'waiting' ? `Trying again in ${seconds} s.` : 'Trying again.'}
      </span>
      {state.kind === 'waiting' && <span class="note-reason">{state.reason}</span>}
      <button type="button" onClick={() => live.tryNow()}>
        Try now
      </button>
    </div>
  );
}

function shownText(heardMs: number | undefined): string {
  if (heardMs === undefined) return 'Nothing was received yet.';
  return `Shown are the values of ${clockText(BigInt(heardMs) * NANOS_PER_MS).slice(0, 8)}.`;
}
