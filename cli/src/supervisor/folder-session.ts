import { mkdir } from 'node:fs/promises';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { CommandContext } from '../command-context.ts';
import { lockFolder } from '../folder-lock.ts';
import { type LocalState, LocalStateFile, newLocalState, readLocalState } from '../local-state.ts';
import type { Reporter } from '../status-block/reporter.ts';
import { StopSignals } from '../stop-signals.ts';
import type { DrainOutcome } from './supervisor.ts';

const EXIT_FORCED = 130;
/** A forced stop gives Postgres this long to roll back; it is safe without, too. */
const FORCED_POSTGRES_MS = 2_000;

/** Everything that runs in a folder. */
export interface Supervised {
  /** Resolves once every source is being sent. `drain` then stops what runs, however it went. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when something may have changed. */
  changed(): Promise<void>;
  drain(): Promise<DrainOutcome>;
  /** After `drain`, and after whatever still reads the tables. */
  stopPostgres(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}

/** What a session finds in its folder, once it holds it. */
export interface HeldFolder {
  /** What ran last. */
  readonly before: LocalState | undefined;
  readonly stateFile: LocalStateFile;
}

export type SessionPhase = 'starting' | 'running' | 'stopping' | 'stopped';

/** What a command does with what runs. */
export interface SessionBody<S extends Supervised, T> {
  /** Called on every change, from the start until everything has stopped. */
  show(supervised: S, phase: SessionPhase): void;
  /** Everything runs. Resolves when it shall stop; a signal stops it anyway. */
  running(supervised: S): Promise<void>;
  /** The workers have ended in order; Postgres is still there. */
  drained(supervised: S, outcome: SessionOutcome): Promise<T>;
}

export interface SessionOutcome extends DrainOutcome {
  /** A signal came before the body was done, perhaps before everything ran. */
  readonly isInterrupted: boolean;
}

export interface SessionFolder {
  readonly command: string;
  /** Absolute. */
  readonly dir: string;
}

/**
 * Holds the folder, starts everything in it, and stops everything in order: when the body says so,
 * on a signal, or on a failure.
 *
 * @param make what runs there; nothing does yet
 * @returns what `drained` returns
 * @throws FeedmillError of the start or of the body, after everything has stopped
 */
export async function superviseFolder<S extends Supervised, T>(
  { command, dir }: SessionFolder,
  make: (folder: HeldFolder) => Promise<S>,
  context: CommandContext,
  reporter: Reporter,
  body: SessionBody<S, T>,
): Promise<T> {
  const { clock } = context;
  await makeFolder(dir);
  const lock = await lockFolder(dir, command, clock);
  let stateFile: LocalStateFile | undefined;
  try {
    const before = await readLocalState(dir);
    const file = new LocalStateFile(dir, newLocalState(command, before, clock));
    const supervised = await make({ before, stateFile: file });
    stateFile = file;
    await stateFile.update({});
    return await superviseUntilStopped(supervised, context, reporter, body);
  } finally {
    reporter.close();
    await stateFile?.stopped(clock);
    await lock.release();
  }
}

async function superviseUntilStopped<S extends Supervised, T>(
  supervised: S,
  context: CommandContext,
  reporter: Reporter,
  body: SessionBody<S, T>,
): Promise<T> {
  const stop = new StopSignals(context.signals, () => {
    void force(supervised, context, reporter);
  });
  const shown = new AbortController();
  let phase: SessionPhase = 'starting';
  const showing = showChanges(supervised, () => body.show(supervised, phase), shown.signal);
  let failure: unknown;
  let isDone = false;
  try {
    await supervised.start(stop.signal);
    phase = 'running';
    await Promise.race([
      body.running(supervised).then(() => {
        isDone = true;
      }),
      aborted(stop.signal),
    ]);
  } catch (error) {
    if (!stop.signal.aborted) failure = error;
  }
  try {
    phase = 'stopping';
    const drained = await supervised.drain();
    shown.abort();
    await showing;
    body.show(supervised, 'stopped');
    reporter.close();
    if (failure !== undefined) throw FeedmillError.from(failure);
    return await body.drained(supervised, { ...drained, isInterrupted: !isDone });
  } finally {
    shown.abort();
    await supervised.stopPostgres();
    stop.dispose();
  }
}

async function showChanges(
  supervised: Supervised,
  show: () => void,
  end: AbortSignal,
): Promise<void> {
  const ended = aborted(end);
  while (!end.aborted) {
    show();
    await Promise.race([supervised.changed(), ended]);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function force(
  supervised: Supervised,
  context: CommandContext,
  reporter: Reporter,
): Promise<void> {
  reporter.warn('Stopped by force; the next start commits what is left in the journals.');
  reporter.close();
  supervised.kill();
  const stopped = supervised.stopPostgres().catch(() => undefined);
  await Promise.race([stopped, sleep(context.clock, FORCED_POSTGRES_MS)]);
  context.exit(EXIT_FORCED);
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The folder ${dir} cannot be made (${FeedmillError.from(error).message}); ` +
        'name one that this user may write with --dir.',
      { cause: error },
    );
  }
}
