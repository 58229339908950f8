import { spawn } from 'node:child_process';
import { open, rename, stat, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import { postgresPath } from './binaries.ts';
import { SETTINGS_FILE } from './create-data.ts';
import { LOG_BYTES_MAX, LOG_TAIL_BYTES } from './limits.ts';
import { logFile, type Place } from './place.ts';
import { renderSettings } from './settings.ts';

/** A server process that was started, and where its part of the log begins. */
export interface Launched {
  readonly pid: number;
  readonly logStart: number;
}

/**
 * Starts the server process in a session of its own: neither Ctrl-C on our terminal nor our death
 * ends it, so that the drain still has a database and a killed supervisor finds it again.
 */
export async function launch(place: Place, port: number, isDurable: boolean): Promise<Launched> {
  const { binaryFolder, dataFolder, user } = place;
  const settings = renderSettings({ port, memoryBytes: totalmem(), isDurable });
  await writeFile(path.join(dataFolder, SETTINGS_FILE), settings, { mode: 0o644 });
  await setLogAside(place);
  // A file, not a pipe: a pipe would die with us.
  const log = await open(logFile(place), 'a', 0o600);
  try {
    const { size: logStart } = await log.stat();
    const child = spawn(postgresPath(binaryFolder), ['-D', dataFolder], {
      ...user,
      cwd: dataFolder,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { LC_ALL: 'C', TZ: 'UTC' },
    });
    const failure = new Promise<never>((_, reject) => child.once('error', reject));
    const spawned = new Promise<void>((resolve) => child.once('spawn', resolve));
    await Promise.race([spawned, failure]);
    child.unref();
    return { pid: child.pid as number, logStart };
  } catch (error) {
    throw new FeedmillError(
      'STORE_UNAVAILABLE',
      `${postgresPath(binaryFolder)} cannot be run: ${String(error)}`,
      { cause: error },
    );
  } finally {
    await log.close();
  }
}

/** The last lines of the server's log after the byte `start`, as one line. */
export async function logTail(place: Place, start = 0): Promise<string> {
  const log = await open(logFile(place), 'r').catch(() => undefined);
  if (log === undefined) return '(no log)';
  try {
    const { size } = await log.stat();
    const tail = Buffer.alloc(Math.min(Math.max(0, size - start), LOG_TAIL_BYTES));
    await log.read(tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8').trim().split('\n').slice(-4).join(' | ');
  } finally {
    await log.close();
  }
}

async function setLogAside(place: Place): Promise<void> {
  const found = await stat(logFile(place)).catch(() => undefined);
  if (found !== undefined && found.size > LOG_BYTES_MAX) {
    await rename(logFile(place), `${logFile(place)}.1`);
  }
}
