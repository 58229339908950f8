import type { Random } from '@feedmill/core/random';
import { RETRY_MS_MAX, RETRY_MS_MIN } from './limits.ts';

/**
 * Where the live stream is. `cursor` is the id of the last message that was taken: a new connection
 * begins behind it, so that nothing is missed.
 */
export type LiveState =
  | { readonly kind: 'closed'; readonly cursor: string | undefined }
  /** The request is on its way; `attempt` counts from 0 since it last worked. */
  | { readonly kind: 'connecting'; readonly cursor: string | undefined; readonly attempt: number }
  | { readonly kind: 'open'; readonly cursor: string | undefined; readonly heardMs: number }
  | {
      readonly kind: 'waiting';
      readonly cursor: string | undefined;
      readonly attempt: number;
      readonly retryMs: number;
      readonly reason: string;
    }
  /** The key is missing, wrong or has too few rights: only the person at the screen can help. */
  | { readonly kind: 'refused'; readonly cursor: string | undefined; readonly reason: string };

export type LiveEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'opened'; readonly nowMs: number }
  /** Anything arrived, be it a heartbeat. */
  | { readonly kind: 'heard'; readonly nowMs: number; readonly cursor?: string | undefined }
  | {
      readonly kind: 'lost';
      readonly nowMs: number;
      readonly reason: string;
      /** What the gateway asked for in Retry-After. */
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The gateway does not know the cursor any more: begin with what is now. */
  | { readonly kind: 'forgotten' }
  | { readonly kind: 'due' }
  | { readonly kind: 'stop' };

/** The state after an event. What does not apply to a state leaves it as it is. */
export function nextLiveState(state: LiveState, event: LiveEvent, random: Random): LiveState {
  const { cursor } = state;
  switch (event.kind) {
    case 'stop':
      return { kind: 'closed', cursor };
    case 'start':
      return state.kind === 'closed' || state.kind === 'refused'
        ? { kind: 'connecting', cursor, attempt: 0 }
        : state;
    case 'due':
      return state.kind === 'waiting'
        ? { kind: 'connecting', cursor, attempt: state.attempt }
        : state;
    case 'opened':
      return state.kind === 'connecting' ? { kind: 'open', cursor, heardMs: event.nowMs } : state;
    case 'heard':
      return state.kind === 'open'
        ? { kind: 'open', cursor: event.cursor ?? cursor, heardMs: event.nowMs }
        : state;
    case 'refused':
      return state.kind === 'closed' ? state : { kind: 'refused', cursor, reason: event.reason };
    case 'forgotten':
      return state.kind === 'connecting'
        ? { kind: 'connecting', cursor: undefined, attempt: state.attempt }
        : state;
    case 'lost': {
      if (state.kind !== 'connecting' && state.kind !== 'open') return state;
      const attempt = state.kind === 'open' ? 0 : state.attempt;
      const delayMs = Math.max(event.retryAfterMs ?? 0, retryDelayMs(attempt, random));
      const retryMs = event.nowMs + delayMs;
      return { kind: 'waiting', cursor, attempt: attempt + 1, retryMs, reason: event.reason };
    }
  }
}

/** Growing waits; the upper half of each is drawn, so that many pages do not come back at once. */
function retryDelayMs(attempt: number, random: Random): number {
  const boundMs = Math.min(RETRY_MS_MIN * 2 ** attempt, RETRY_MS_MAX);
  return boundMs / 2 + (random() * boundMs) / 2;
}
