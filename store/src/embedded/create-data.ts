import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { FeedmillError } from '@feedmill/core/errors';
import { initdbPath } from './binaries.ts';
import { type Place, passwordFile } from './place.ts';
import { HOST_RULES } from './settings.ts';

const run = promisify(execFile);

/** The role that owns everything in an embedded server. */
export const OWNER_ROLE = 'feedmill';

/** Written last, so that data whose making was killed is told from whole data. */
const COMPLETE_MARK = 'feedmill.complete';

export const SETTINGS_FILE = 'feedmill.conf';

export async function isDataComplete({ dataFolder }: Place): Promise<boolean> {
  return (await stat(path.join(dataFolder, COMPLETE_MARK)).catch(() => undefined)) !== undefined;
}

/**
 * Makes the data directory with a new random password. What an earlier, broken attempt left is
 * cleared; it never held a row.
 *
 * @throws FeedmillError STORE_UNAVAILABLE with initdb's own words
 */
export async function createData(place: Place, isDurable: boolean): Promise<void> {
  const { dataFolder, binaryFolder, user } = place;
  for (const entry of await readdir(dataFolder)) {
    await rm(path.join(dataFolder, entry), { recursive: true });
  }
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile(place), `${password}\n`, { mode: 0o600 });
  await chmod(passwordFile(place), 0o600);
  // initdb runs as Postgres' user, who may not read our file; it wants an empty data directory.
  const passwordCopy = `${dataFolder}.password`;
  await writeFile(passwordCopy, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) await chown(passwordCopy, user.uid, user.gid);
  try {
    await run(
      initdbPath(binaryFolder),
      [
        `--pgdata=${dataFolder}`,
        `--username=${OWNER_ROLE}`,
        `--pwfile=${passwordCopy}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Byte order: the same on every machine, and the fastest to compare.
        '--locale=C',
        '--no-instructions',
        ...(isDurable ? [] : ['--no-sync']),
      ],
      { ...user, cwd: dataFolder, env: { LC_ALL: 'C', TZ: 'UTC' } },
    );
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new FeedmillError(
      'STORE_UNAVAILABLE',
      `initdb could not make ${dataFolder}: ${words.trim() || String(error)}`,
      { cause: error },
    );
  } finally {
    await rm(passwordCopy, { force: true });
  }
  await writeFile(path.join(dataFolder, 'pg_hba.conf'), HOST_RULES);
  await appendFile(
    path.join(dataFolder, 'postgresql.conf'),
    `\ninclude '${SETTINGS_FILE}'\n\n# Your own settings go below this line.\n`,
  );
  await writeFile(path.join(dataFolder, COMPLETE_MARK), '');
}
