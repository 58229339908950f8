import { FeedmillError } from '@feedmill/core/errors';
import type { WorkerConfig } from './config.ts';

/** What the journal may take of a volume where nothing is configured. */
const VOLUME_SHARE = 0.8;

/** One segment is being written while another waits to be given up. */
const SEGMENTS_MIN = 2;

/**
 * Disk budget of the journal, bytes.
 *
 * @param volumeBytes size of the volume that `dir` is on
 * @throws FeedmillError CONFIG_INVALID where it would never have room again once it was full
 */
export function journalBudget(
  config: Pick<WorkerConfig, 'dir' | 'journalBytesMax' | 'segmentBytes'>,
  volumeBytes: number,
): number {
  const { dir, journalBytesMax, segmentBytes } = config;
  const needed = SEGMENTS_MIN * segmentBytes;
  const budget = journalBytesMax === 0 ? Math.floor(volumeBytes * VOLUME_SHARE) : journalBytesMax;
  if (budget >= needed) return budget;
  const given =
    journalBytesMax === 0
      ? `The volume of ${dir} has ${volumeBytes} bytes, of which the journal may take ${budget}`
      : `--journal-bytes-max is ${journalBytesMax}`;
  throw new FeedmillError(
    'CONFIG_INVALID',
    `${given}; ${SEGMENTS_MIN} segments of ${segmentBytes} bytes need ${needed}. Give the ` +
      'journal more room, or make --segment-bytes smaller.',
  );
}
