import { spawnSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { FeedmillError } from '@feedmill/core/errors';

/** Whom Postgres runs as. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

const USER_TO_CREATE = 'feedmill';

/** The commands that make a system user, by whichever tool set the machine has. */
const CREATE_COMMANDS: readonly (readonly string[])[] = [
  ['useradd', '--system', '--user-group', '--no-create-home', USER_TO_CREATE],
  ['adduser', '-S', '-D', '-H', USER_TO_CREATE],
];

/**
 * Postgres refuses to run as root. Chooses, in this order: the owner of the data that stands
 * already, the users `postgres` and `feedmill`, a `feedmill` made now, and `nobody`.
 *
 * @param dataFolder may not exist yet
 * @throws FeedmillError CONFIG_INVALID where no user can be had
 */
export async function chooseOsUser(dataFolder: string): Promise<OsUser> {
  const owner = await stat(dataFolder).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const known = (await findUser('postgres')) ?? (await findUser(USER_TO_CREATE));
  if (known !== undefined) return known;
  for (const [command = '', ...args] of CREATE_COMMANDS) {
    spawnSync(command, args, { stdio: 'ignore' });
    const created = await findUser(USER_TO_CREATE);
    if (created !== undefined) return created;
  }
  const nobody = await findUser('nobody');
  if (nobody !== undefined) return nobody;
  throw new FeedmillError(
    'CONFIG_INVALID',
    'Postgres does not run as root, and no other user could be found or made: ' +
      'start Feedmill as another user, or name a Postgres with --postgres URL.',
  );
}

async function findUser(name: string): Promise<OsUser | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':');
    // Some systems write nobody's number as -2.
    if (user === name) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  return undefined;
}
