import type { CommandContext } from '../command-context.ts';
import { withFolderDatabase } from '../folder-database.ts';
import type { RegionFolder } from '../regions/region-folders.ts';
import { compareRegions, type ProducerComparison } from './compare-regions.ts';
import { type Verdict, verifyFolder } from './verify-folder.ts';

/** The document of `feedmill verify --json` on a folder of two regions. */
export interface PairVerdict {
  readonly ok: boolean;
  /** By the name of the region. */
  readonly regions: Readonly<Record<string, Verdict>>;
  /** The rows of one region against those of the other. */
  readonly producers: readonly ProducerComparison[];
}

/** Holds each region's journals and tables against each other, and then the two regions' rows. */
export async function verifyPair(
  folders: readonly RegionFolder[],
  context: CommandContext,
): Promise<PairVerdict> {
  const [one, other] = folders;
  if (one === undefined || other === undefined) throw new TypeError('a pair has two regions');
  const regions: Record<string, Verdict> = {};
  for (const { name, dir } of folders) regions[name] = await verifyFolder(dir, context);
  const producers = await withFolderDatabase(one.dir, 'verify', context, (ours) =>
    withFolderDatabase(other.dir, 'verify', context, (theirs) => compareRegions(ours, theirs)),
  );
  const areSound = Object.values(regions).every(({ ok }) => ok);
  const ok = areSound && producers.every(({ isEqual }) => isEqual);
  return { ok, regions, producers };
}
