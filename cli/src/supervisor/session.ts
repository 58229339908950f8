import { mkdir } from 'node:fs/promises';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { CommandContext } from '../command-context.ts';
import { lockFolder } from '../folder-lock.ts';
import { type LocalState, LocalStateFile, readLocalState } from '../local-state.ts';
import { type ProcessIdentity, processIdentity } from '../process-identity.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import type { Reporter } from '../status-block/reporter.ts';
import { StopSignals } from '../stop-signals.ts';
import { readBindingsRecord } from './bindings-file.ts';
import type { DeclaredSource } from './declared-source.ts';
import { type DrainOutcome, Supervisor } from './supervisor.ts';

const NANOS_PER_MS = 1_000_000n;
const EXIT_FORCED = 130;
/** A forced stop gives Postgres this long to roll back; it is safe without, too. */
const FORCED_POSTGRES_MS = 2_000;

export interface SessionOptions {
  readonly command: string;
  /** Absolute. */
  readonly dir: string;
  readonly sources: readonly DeclaredSource[];
  /** Given what ran before in the folder. */
  readonly shardCount: (shardsBefore: number | undefined) => number;
  readonly postgresUrl: string | undefined;
  readonly workerFlags: readonly string[];
  /** Loaded before the first worker starts. */
  readonly references: readonly ReferenceFile[];
  /** Whether the API and the console are served. */
  readonly hasGateway: boolean;
}

export type SessionPhase = 'starting' | 'running' | 'stopping' | 'stopped';

/** What a command does with what runs. */
export interface SessionBody<T> {
  /** Called on every change, from the start until everything has stopped. */
  show(supervisor: Supervisor, phase: SessionPhase): void;
  /** Everything runs. Resolves when it shall stop; a signal stops it anyway. */
  running(supervisor: Supervisor): Promise<void>;
  /** The workers have ended in order; Postgres is still there. */
  drained(supervisor: Supervisor, outcome: SessionOutcome): Promise<T>;
}

export interface SessionOutcome extends DrainOutcome {
  /** A signal came before the body was done, perhaps before everything ran. */
  readonly isInterrupted: boolean;
}

/**
 * Holds the folder, starts everything in it, and stops everything in order: when the body says so,
 * on a signal, or on a failure.
 *
 * @returns what `drained` returns
 * @throws FeedmillError of the start or of the body, after everything has stopped
 */
export async function runSession<T>(
  options: SessionOptions,
  context: CommandContext,
  reporter: Reporter,
  body: SessionBody<T>,
): Promise<T> {
  const { clock, random } = context;
  await makeFolder(options.dir);
  const lock = await lockFolder(options.dir, options.command, clock);
  let stateFile: LocalStateFile | undefined;
  try {
    const before = await readLocalState(options.dir);
    const bindingsBefore = await readBindingsRecord(options.dir);
    const postgresUrl = choosePostgres(options, before);
    stateFile = new LocalStateFile(options.dir, newState(options, context, before));
    await stateFile.update({});
    const { dir, sources, workerFlags, references, hasGateway } = options;
    const shardCount = options.shardCount(bindingsBefore?.shardCount);
    const supervisor = new Supervisor(
      {
        dir,
        sources,
        shardCount,
        postgresUrl,
        workerFlags: () => workerFlags,
        references,
        hasGateway,
        before,
        bindingsBefore,
      },
      stateFile,
      { clock, random, reporter },
    );
    return await superviseUntilStopped(supervisor, context, reporter, body);
  } finally {
    reporter.close();
    await stateFile?.update({ stopped: isoNow(context) });
    await lock.release();
  }
}

async function superviseUntilStopped<T>(
  supervisor: Supervisor,
  context: CommandContext,
  reporter: Reporter,
  body: SessionBody<T>,
): Promise<T> {
  const stop = new StopSignals(context.signals, () => {
    void force(supervisor, context, reporter);
  });
  const shown = new AbortController();
  let phase: SessionPhase = 'starting';
  const showing = showChanges(supervisor, () => body.show(supervisor, phase), shown.signal);
  let failure: unknown;
  let isDone = false;
  try {
    await supervisor.start(stop.signal);
    phase = 'running';
    await Promise.race([
      body.running(supervisor).then(() => {
        isDone = true;
      }),
      aborted(stop.signal),
    ]);
  } catch (error) {
    if (!stop.signal.aborted) failure = error;
  }
  try {
    phase = 'stopping';
    const drained = await supervisor.drain();
    shown.abort();
    await showing;
    body.show(supervisor, 'stopped');
    reporter.close();
    if (failure !== undefined) throw FeedmillError.from(failure);
    return await body.drained(supervisor, { ...drained, isInterrupted: !isDone });
  } finally {
    shown.abort();
    await supervisor.stopPostgres();
    stop.dispose();
  }
}

async function showChanges(
  supervisor: Supervisor,
  show: () => void,
  end: AbortSignal,
): Promise<void> {
  const ended = aborted(end);
  while (!end.aborted) {
    show();
    await Promise.race([supervisor.changed(), ended]);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function force(
  supervisor: Supervisor,
  context: CommandContext,
  reporter: Reporter,
): Promise<void> {
  reporter.warn('Stopped by force; the next start commits what is left in the journals.');
  reporter.close();
  supervisor.kill();
  const stopped = supervisor.stopPostgres().catch(() => undefined);
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

/**
 * Journals and rows belong together, so a folder stays with its Postgres: a URL that was given once
 * holds for the next starts, too.
 */
function choosePostgres(
  { postgresUrl, dir }: SessionOptions,
  before: LocalState | undefined,
): string | undefined {
  const known = before?.postgres;
  if (postgresUrl === undefined) return known?.embedded === false ? known.url : undefined;
  if (known?.embedded === true) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `${dir} keeps its rows in a Postgres of its own, so --postgres does not fit: ` +
        'leave it away, or choose another folder with --dir.',
    );
  }
  return postgresUrl;
}

function newState(
  options: SessionOptions,
  context: CommandContext,
  before: LocalState | undefined,
): LocalState {
  return {
    version: 1,
    command: options.command,
    supervisor: processIdentity(process.pid) as ProcessIdentity,
    started: isoNow(context),
    ...(before?.postgres && { postgres: before.postgres }),
    // Until ours run, those of a killed supervisor may still be there.
    workers: before?.workers ?? [],
    sources: before?.sources ?? [],
    ...(before?.gateway && { gateway: before.gateway }),
  };
}

const isoNow = ({ clock }: CommandContext): string =>
  new Date(Number(clock.wallNanos() / NANOS_PER_MS)).toISOString();
