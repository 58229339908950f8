import { join } from 'node:path';
import type { Disk } from '@feedmill/core/disk';
import { isNoSpace } from './journal/no-space.ts';
import { volumeFault } from './volume-fault.ts';

const NAME = 'lives';

/** Processes that are remembered: one that is gone for so many starts does nothing any more. */
const LIVES_MAX = 64;

/**
 * The processes that have lived on this volume before, and notes there that this one does. Of two
 * that run at the same time the later one knows the earlier, and not the other way round; no clock
 * is asked. On a full volume it is not noted: then nobody who comes later knows this process.
 *
 * @param name of this process; no other one ever has the same
 * @throws FeedmillError JOURNAL_IO where the volume fails
 */
export async function joinLives(
  disk: Disk,
  folder: string,
  name: string,
): Promise<ReadonlySet<string>> {
  const path = join(folder, NAME);
  let before: string[] = [];
  try {
    const content = await disk.readFile(path);
    before = (content?.toString('utf8') ?? '').split('\n').filter((line) => line !== '');
    const lives = [...before, name].slice(-LIVES_MAX);
    await disk.replaceFile(path, Buffer.from(`${lives.join('\n')}\n`));
  } catch (error) {
    if (!isNoSpace(error)) throw volumeFault(path, 'written', error);
  }
  return new Set(before);
}
