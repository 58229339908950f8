import { FeedmillError } from '@feedmill/core/errors';
import type { AlertOutcome } from '@feedmill/store/shard-session/commit-batch';

/** The payload of an ALERTS entry. */
export function encodeAlertOutcomes(outcomes: readonly AlertOutcome[]): Buffer {
  return Buffer.from(
    JSON.stringify(outcomes.map((each) => ({ ...each, tsSettled: String(each.tsSettled) }))),
  );
}

export function decodeAlertOutcomes(payload: Uint8Array): AlertOutcome[] {
  try {
    const list = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>[];
    return list.map(({ alertId, state, attempts, tsSettled, lastError }) => ({
      alertId: String(alertId),
      state: Number(state),
      attempts: Number(attempts),
      tsSettled: BigInt(String(tsSettled)),
      lastError: String(lastError),
    }));
  } catch (error) {
    throw new FeedmillError('JOURNAL_CORRUPT', 'An ALERTS entry cannot be read.', { cause: error });
  }
}
