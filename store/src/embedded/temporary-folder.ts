import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Makes a new folder below the system's temporary one, for servers in folders of their own below
 * it. As root, Postgres runs as another user: one that cannot enter the folder would have its data
 * elsewhere, and they would stay when the folder is removed.
 */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), prefix));
  await chmod(folder, 0o711);
  return folder;
}
