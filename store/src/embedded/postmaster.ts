import { execFileSync } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

/** What Postgres writes about itself into postmaster.pid. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `ready` once it accepts connections. */
  readonly status: string;
}

const PID_LINE = 0;
const PORT_LINE = 3;
const STATUS_LINE = 7;

/** The server that the data directory names as its own; undefined where none, or not yet whole. */
export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const text = await readFile(path.join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[PID_LINE]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[PORT_LINE]), status: (lines[STATUS_LINE] ?? '').trim() };
}

/** Whether a process of that number runs at all (one that has ended unreaped does not). */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that there is one, of another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The state follows the command's closing bracket; Z is a process that nobody has waited for.
  return !/\) Z/.test(status);
}

/**
 * Whether the process is a Postgres over that data directory, not a stranger who got the number
 * of one that died.
 */
export async function isPostgresOver(pid: number, dataFolder: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  // A postmaster's working directory is its data directory.
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (workingFolder !== undefined) return workingFolder === dataFolder;
  try {
    const command = execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(dataFolder);
  } catch {
    return false;
  }
}
