import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { LIMITS } from './limits.ts';
import {
  isRunning,
  type ProcessIdentity,
  ProcessIdentitySchema,
  processIdentity,
} from './process-identity.ts';

const LOCK_FILE = 'feedmill.lock';

/** Commands that hold a folder only for a moment: whoever comes meanwhile waits. */
const SHORT_COMMANDS: ReadonlySet<string> = new Set(['sql', 'verify', 'down']);

const HolderSchema = Type.Object({
  process: ProcessIdentitySchema,
  command: Type.String(),
  /** Tells two locks of the same process apart. */
  token: Type.String(),
});

/** Who holds a folder, and for which command. */
export type LockHolder = Static<typeof HolderSchema>;

/** A folder held by this process until it is released. */
export interface FolderLock {
  release(): Promise<void>;
}

/** The living holder of a folder; undefined where nobody holds it. */
export async function readLockHolder(dir: string): Promise<LockHolder | undefined> {
  const holder = parseHolder(await readLock(dir));
  return holder !== undefined && isRunning(holder.process) ? holder : undefined;
}

/**
 * Takes a folder for this process alone. The lock of a holder that was killed is taken over, by
 * its process number and start time.
 *
 * @throws FeedmillError ALREADY_RUNNING naming the holder
 */
export async function lockFolder(dir: string, command: string, clock: Clock): Promise<FolderLock> {
  const deadlineMs = clock.monotonicMs() + LIMITS.lockWaitMs;
  const me = processIdentity(process.pid) as ProcessIdentity;
  const content = JSON.stringify({
    process: me,
    command,
    token: randomBytes(8).toString('hex'),
  } satisfies LockHolder);
  const draft = path.join(dir, `${LOCK_FILE}.${process.pid}-${randomBytes(4).toString('hex')}`);
  await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
  try {
    for (;;) {
      const taken = await tryTake(dir, draft, content, clock);
      if (taken) return { release: () => release(dir, content) };
      const holder = await readLockHolder(dir);
      if (holder === undefined) continue;
      const isShort = SHORT_COMMANDS.has(holder.command);
      if (!isShort || clock.monotonicMs() > deadlineMs) throw heldBy(dir, holder);
      await sleep(clock, LIMITS.lockPollMs);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** False where a living holder has it, or somebody was faster: look again. */
async function tryTake(
  dir: string,
  draft: string,
  content: string,
  clock: Clock,
): Promise<boolean> {
  const lock = path.join(dir, LOCK_FILE);
  // A link is made whole or not at all, and fails where the name exists.
  if (await linked(draft, lock)) return true;
  const found = await readLock(dir);
  if (found === undefined) return false;
  const holder = parseHolder(found);
  if (holder !== undefined && isRunning(holder.process)) return false;
  await setAside(lock, found, draft);
  if (!(await linked(draft, lock))) return false;
  // Two processes may have found the same dead holder, and one may have set aside the other's new
  // lock before it saw that and put it back. After that moment it is settled who has it.
  await sleep(clock, LIMITS.lockSettleMs);
  return (await readLock(dir)) === content;
}

async function setAside(lock: string, expected: string, draft: string): Promise<void> {
  const aside = `${draft}-aside`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  try {
    if ((await readFile(aside, 'utf8')) !== expected) await linked(aside, lock);
  } finally {
    await rm(aside, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

async function release(dir: string, content: string): Promise<void> {
  if ((await readLock(dir)) === content) await rm(path.join(dir, LOCK_FILE), { force: true });
}

async function readLock(dir: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(dir, LOCK_FILE), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Undefined for what no Feedmill wrote: nobody holds the folder by it. */
function parseHolder(content: string | undefined): LockHolder | undefined {
  try {
    const holder: unknown = JSON.parse(content ?? '');
    return Value.Check(HolderSchema, holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function heldBy(dir: string, holder: LockHolder): FeedmillError {
  return new FeedmillError(
    'ALREADY_RUNNING',
    `${dir} is in use by 'feedmill ${holder.command}' (process ${holder.process.pid}); ` +
      'stop it with `feedmill down`, or choose another folder with --dir.',
  );
}

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
