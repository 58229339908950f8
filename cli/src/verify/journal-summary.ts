import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AcknowledgedMark } from '@feedmill/pod-worker/journal/acknowledged-mark';
import { EntryKind, type JournalEntry } from '@feedmill/pod-worker/journal/journal-entry';
import { scanSegment } from '@feedmill/pod-worker/journal/segment-scan';
import { LIMITS } from '../limits.ts';
import { ReadOnlyFile } from './read-only-disk.ts';

const SUFFIX = '.journal';

/** What the journal of a stopped shard holds. */
export interface JournalSummary {
  readonly shard: number;
  /** Position of its last good entry; 0 where there is none. */
  readonly lastPosition: number;
  /** Highest position that was ever acknowledged. */
  readonly acknowledgedPosition: number;
  /** Last sequence of each producer that still has an entry in it. */
  readonly lastSequences: ReadonlyMap<bigint, number>;
  /** What is wrong with it: something that was promised cannot be read. */
  readonly fault: string | undefined;
}

/** Reads the journal of one shard of a folder in which nothing runs. Nothing is changed. */
export async function readJournalSummary(dir: string, shard: number): Promise<JournalSummary> {
  const folder = path.join(dir, `shard-${shard}`, 'journal');
  const lastSequences = new Map<bigint, number>();
  let lastPosition = 0;
  for (const first of await segmentsOf(path.join(folder, 'segments'))) {
    // The oldest segments are trimmed away: the first that is left begins where it begins.
    if (lastPosition === 0) lastPosition = first - 1;
    // A gap between segments: whatever comes after it does not follow from what came before.
    if (first !== lastPosition + 1) break;
    const name = String(first).padStart(NAME_DIGITS, '0') + SUFFIX;
    const visit = (entry: JournalEntry): boolean => {
      // A recycled segment still holds what it held before, with lower positions.
      if (entry.shard !== shard || entry.position !== lastPosition + 1) return false;
      lastPosition = entry.position;
      if (entry.kind === EntryKind.BATCH) {
        lastSequences.set(entry.producerId, entry.firstSequence + entry.eventCount - 1);
      }
      return true;
    };
    const file = await ReadOnlyFile.open(path.join(folder, 'segments', name));
    try {
      await scanSegment(file, 0, LIMITS.journalReadBytes, visit);
    } finally {
      await file.close();
    }
  }
  const acknowledgedPosition = await readMark(folder);
  const fault =
    acknowledgedPosition <= lastPosition
      ? undefined
      : `the journal of shard ${shard} ends at position ${lastPosition}, but ` +
        `${acknowledgedPosition} was acknowledged`;
  return { shard, lastPosition, acknowledgedPosition, lastSequences, fault };
}

const NAME_DIGITS = 16;

/** Positions of the first entries, in order. */
async function segmentsOf(folder: string): Promise<number[]> {
  return (await namesIn(folder))
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => Number(name.slice(0, -SUFFIX.length)))
    .sort((a, b) => a - b);
}

async function readMark(folder: string): Promise<number> {
  // Opening makes the mark of a new journal; one that is verified must stay as it is.
  if (!(await namesIn(folder)).includes('acknowledged')) return 0;
  const file = await ReadOnlyFile.open(path.join(folder, 'acknowledged'));
  try {
    return await AcknowledgedMark.read(file);
  } finally {
    await file.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
