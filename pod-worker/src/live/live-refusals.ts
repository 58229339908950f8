import { status } from '@grpc/grpc-js';
import type { Refusal } from '../ingest/refusal.ts';

/** How a reader's stream ends before it wants it to. */
export const liveRefusals = {
  tooMany: (readersMax: number): Refusal => ({
    code: status.RESOURCE_EXHAUSTED,
    details: `${readersMax} readers follow this shard already; close some, or share one.`,
  }),
  trimmed: (after: number, first: number): Refusal => ({
    code: status.OUT_OF_RANGE,
    details:
      `The journal begins at position ${first} and no longer holds what comes after ${after}; ` +
      'read from Postgres up to there and subscribe after it.',
    trailers: { 'feedmill-first-position': String(first) },
  }),
  ahead: (after: number, newest: number): Refusal => ({
    code: status.OUT_OF_RANGE,
    details:
      `The journal ends at position ${newest}, before ${after}: this position is of another ` +
      'shard or of a journal that is gone.',
    trailers: { 'feedmill-last-position': String(newest) },
  }),
} as const;
