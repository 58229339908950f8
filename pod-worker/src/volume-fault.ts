import { FeedmillError } from '@feedmill/core/errors';

/** What the volume failed with when a small file on it was to be read or written, as our error. */
export function volumeFault(path: string, what: 'read' | 'written', cause: unknown): FeedmillError {
  const { message } = FeedmillError.from(cause);
  return new FeedmillError(
    'JOURNAL_IO',
    `${path} cannot be ${what} (${message}). Check the volume, and start this worker again.`,
    { cause },
  );
}
