import path from 'node:path';
import { ControlClient } from '@feedmill/core/adapters/control-client';
import { readLocalState } from '../local-state.ts';

/** The folder of one of the two regions that another folder holds; it is like that of one alone. */
export interface RegionFolder {
  readonly name: string;
  readonly dir: string;
}

/** Undefined where the folder is that of one region alone, or of nothing yet. */
export async function regionFolders(dir: string): Promise<readonly RegionFolder[] | undefined> {
  const names = (await readLocalState(dir))?.regions;
  return names?.map((name) => ({ name, dir: path.join(dir, name) }));
}

/** host:port of the workers that run, or ran last, in a region's folder. */
export async function workerAddresses({ dir }: RegionFolder): Promise<readonly string[]> {
  const workers = (await readLocalState(dir))?.workers ?? [];
  return workers.flatMap(({ grpcAddress }) => (grpcAddress === undefined ? [] : [grpcAddress]));
}

/** The region that is primary of most shards; the first one where nothing runs. */
export async function primaryFolder(folders: readonly RegionFolder[]): Promise<RegionFolder> {
  const counted = await Promise.all(
    folders.map(async (folder) => {
      const roles = await Promise.all((await workerAddresses(folder)).map(roleOf));
      return { folder, count: roles.filter((role) => role === 'primary').length };
    }),
  );
  const most = Math.max(...counted.map(({ count }) => count));
  const found = counted.find(({ count }) => count === most);
  if (found === undefined) throw new TypeError('a folder of regions names them');
  return found.folder;
}

async function roleOf(address: string): Promise<string | undefined> {
  const client = new ControlClient(address);
  try {
    return (await client.getState()).region?.role;
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}
