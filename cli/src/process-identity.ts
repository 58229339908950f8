import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import Type, { type Static } from 'typebox';

/**
 * A process, told from a later one that got the same number: the number alone is used again after
 * a while, and after a reboot at once.
 */
export const ProcessIdentitySchema = Type.Object({
  pid: Type.Integer({ minimum: 1 }),
  /** When it started, in a form that only equality is asked of. */
  started: Type.String(),
});

export type ProcessIdentity = Static<typeof ProcessIdentitySchema>;

// Fields of /proc/<pid>/stat after the command's closing bracket, counted from the state.
const STATE_FIELD = 0;
const START_FIELD = 19;

/** The identity of the running process `pid`; undefined where there is none. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.started;
}

function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return startOnLinux(pid);
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = 'Z', ...start] = text.split(/\s+/);
    return state.startsWith('Z') ? undefined : start.join(' ');
  } catch {
    return undefined;
  }
}

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that ended and that nobody has waited for yet is gone for our purposes.
    if (fields[STATE_FIELD] === 'Z' || fields[STATE_FIELD] === 'X') return undefined;
    // Clock ticks since boot, so the boot belongs to it.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[START_FIELD]}`;
  } catch {
    return undefined;
  }
}
