import { join } from 'node:path';
import { asPosition, type Position } from '@feedmill/core/brand';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';
import type { AcknowledgedMark } from './acknowledged-mark.ts';
import type { SegmentFiles } from './segment-files.ts';
import { scanSegment } from './segment-scan.ts';

const NAME = 'cut';
const ZEROS = Buffer.alloc(1024 * 1024);

export interface CutOptions {
  readonly disk: Disk;
  /** Folder of the shard's journal. */
  readonly folder: string;
  readonly files: SegmentFiles;
  readonly mark: AcknowledgedMark;
  readonly windowBytes: number;
}

/**
 * Takes back every entry behind `after`, which another epoch has replaced in the other region. What
 * is to be cut is written down first, so that a crash amid it is finished by the next start.
 */
export async function cutJournal(options: CutOptions, after: Position): Promise<void> {
  const { disk, folder } = options;
  await disk.replaceFile(join(folder, NAME), Buffer.from(`${JSON.stringify({ after })}\n`));
  await carryOut(options, after);
}

/** Finishes a cut that a crash has broken off. */
export async function finishCut(options: CutOptions): Promise<void> {
  const content = await options.disk.readFile(join(options.folder, NAME));
  if (content === undefined) return;
  const { after } = JSON.parse(content.toString('utf8')) as { readonly after?: unknown };
  if (!Number.isSafeInteger(after)) {
    throw new FeedmillError(
      'JOURNAL_CORRUPT',
      `The note of a cut in ${options.folder} is damaged.`,
    );
  }
  await carryOut(options, asPosition(Number(after)));
}

async function carryOut(options: CutOptions, after: Position): Promise<void> {
  const { disk, folder, files, mark, windowBytes } = options;
  while ((files.segments.at(-1)?.first ?? 0) > after) await files.dropLast();
  const last = files.segments.at(-1);
  if (last !== undefined) {
    let keptEnd = 0;
    const end = await scanSegment(last.file, 0, windowBytes, (entry, _offset, endOffset) => {
      if (entry.position > after) return false;
      keptEnd = endOffset;
      return entry.position < after;
    });
    const start = keptEnd === 0 ? end.offset : keptEnd;
    const size = await last.file.sizeBytes();
    for (let offset = start; offset < size; offset += ZEROS.length) {
      await last.file.write([ZEROS.subarray(0, Math.min(ZEROS.length, size - offset))], offset);
    }
  }
  await mark.lower(after);
  await disk.remove(join(folder, NAME));
  await disk.syncFolder(folder);
}
