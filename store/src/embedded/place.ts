import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  cp,
  mkdir,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import type { PostgresBinaries } from './binaries.ts';
import { chooseOsUser, type OsUser } from './os-user.ts';

/** Where everything of one embedded server is. All paths are absolute. */
export interface Place {
  /** Folder of the server's own files that only we read: password, port, log. */
  readonly folder: string;
  /** Postgres' data directory, without symbolic links. */
  readonly dataFolder: string;
  readonly binaryFolder: string;
  /** Undefined where Postgres runs as whoever runs us. */
  readonly user: OsUser | undefined;
}

export const passwordFile = (place: Place): string => path.join(place.folder, 'password');
export const portFile = (place: Place): string => path.join(place.folder, 'port');
export const logFile = (place: Place): string => path.join(place.folder, 'postgres.log');

/**
 * For root only: folders that no other user may enter (/root, a private checkout) can hold neither
 * the data nor the programs of a Postgres that runs as another user. They go here instead.
 */
const SHARED_FOLDER = '/var/lib/feedmill';

/**
 * Makes the folders of a server below `dir`. As root, Postgres gets a user of its own; where that
 * user cannot reach `dir` or node_modules, the data moves to a folder below `sharedFolder` with a
 * link in its place, and the programs are copied there once a version. Permissions of folders
 * above `dir` are never touched.
 *
 * @throws FeedmillError CONFIG_INVALID where neither place can be written
 */
export async function preparePlace(
  dir: string,
  binaries: PostgresBinaries,
  uid: number | undefined,
  sharedFolder: string = SHARED_FOLDER,
): Promise<Place> {
  const folder = path.join(path.resolve(dir), 'postgres');
  await mkdir(folder, { recursive: true });
  const data = path.join(folder, 'data');
  if (uid !== 0) {
    await mkdir(data, { recursive: true, mode: 0o700 });
    const dataFolder = await realpath(data);
    return { folder, dataFolder, binaryFolder: binaries.folder, user: undefined };
  }
  const user = await chooseOsUser(data);
  // Ours to open: whoever knows a name below may go through, nobody may list it.
  for (const own of [path.resolve(dir), folder]) {
    await chmod(own, (await stat(own)).mode | 0o111);
  }
  try {
    const dataFolder = await prepareData(data, user, sharedFolder);
    const binaryFolder = await prepareBinaries(binaries, user, sharedFolder);
    return { folder, dataFolder, binaryFolder, user };
  } catch (error) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `Postgres runs as user ${user.uid}, who cannot reach ${folder}, and ${sharedFolder} ` +
        'cannot be used in its place: choose a --dir that every user may enter, ' +
        'or start Feedmill as another user than root.',
      { cause: error },
    );
  }
}

async function prepareData(data: string, user: OsUser, sharedFolder: string): Promise<string> {
  const standing = await realpath(data).catch(() => undefined);
  if (standing !== undefined) {
    // Ours still, when an earlier attempt was killed before it gave the folder away.
    if ((await stat(standing)).uid === 0) await chown(standing, user.uid, user.gid);
    return standing;
  }
  let target = data;
  if (!(await mayEnter(path.dirname(data), user))) {
    // A random name: a new --dir of the same path must not come upon the data of an old one.
    target = path.join(sharedFolder, `data-${randomBytes(6).toString('hex')}`);
    await makeSharedFolder(sharedFolder);
  }
  await mkdir(target, { mode: 0o700 });
  await chown(target, user.uid, user.gid);
  if (target !== data) await symlink(target, data);
  return realpath(data);
}

async function prepareBinaries(
  binaries: PostgresBinaries,
  user: OsUser,
  sharedFolder: string,
): Promise<string> {
  if (await mayEnter(path.join(binaries.folder, 'bin'), user)) return binaries.folder;
  const target = path.join(sharedFolder, `postgres-${binaries.version}`);
  if ((await stat(target).catch(() => undefined)) !== undefined) return target;
  await makeSharedFolder(sharedFolder);
  const draft = `${target}.${randomBytes(6).toString('hex')}`;
  await cp(binaries.folder, draft, {
    recursive: true,
    verbatimSymlinks: true,
    // Static libraries are a quarter of the package and serve no running server.
    filter: (source) => !source.endsWith('.a'),
  });
  await openToAll(draft);
  // Renamed when whole, so that a copy broken off half-way is never taken for one.
  await rename(draft, target).catch(async () => {
    await rm(draft, { recursive: true });
    await stat(target);
  });
  return target;
}

async function makeSharedFolder(sharedFolder: string): Promise<void> {
  await mkdir(sharedFolder, { recursive: true });
  await chmod(sharedFolder, 0o755);
}

/** Reading for all, and going through for all where the owner may. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      await openToAll(inside);
    } else if (entry.isFile()) {
      await chmod(inside, ((await stat(inside)).mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}

/** Whether the user may go through the folder and all those above it (access lists aside). */
async function mayEnter(folder: string, user: OsUser): Promise<boolean> {
  let at = await realpath(folder);
  for (;;) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    const above = path.dirname(at);
    if (above === at) return true;
    at = above;
  }
}
