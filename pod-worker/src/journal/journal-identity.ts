import { join } from 'node:path';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';

const NAME = 'identity.json';

/** Whose journal this is. A volume that was swapped or restored elsewhere is found out by it. */
export interface JournalIdentity {
  readonly clusterId: string;
  readonly shard: number;
}

/**
 * Compares the volume's identity with ours, or writes ours where the volume is new.
 *
 * @throws FeedmillError JOURNAL_FOREIGN
 */
export async function checkIdentity(
  disk: Disk,
  folder: string,
  identity: JournalIdentity,
): Promise<void> {
  const path = join(folder, NAME);
  const content = await disk.readFile(path);
  if (content === undefined) {
    await disk.replaceFile(path, Buffer.from(`${JSON.stringify(identity)}\n`));
    return;
  }
  const found = JSON.parse(content.toString('utf8')) as JournalIdentity;
  if (found.clusterId === identity.clusterId && found.shard === identity.shard) return;
  throw new FeedmillError(
    'JOURNAL_FOREIGN',
    `The journal in ${folder} belongs to shard ${found.shard} of cluster ${found.clusterId}; ` +
      `this worker is shard ${identity.shard} of cluster ${identity.clusterId}. Attach the ` +
      'right volume.',
  );
}
