import { FeedmillError } from '@feedmill/core/errors';
import type { CommandContext } from '../command-context.ts';
import { drillsFolder } from '../drill/kept-report.ts';
import type { LocalState } from '../local-state.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import type { Reporter } from '../status-block/reporter.ts';
import { readBindingsRecord } from './bindings-file.ts';
import type { DeclaredSource } from './declared-source.ts';
import { firstPorts } from './folder-ports.ts';
import { type SessionBody, superviseFolder } from './folder-session.ts';
import { Supervisor } from './supervisor.ts';

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

/** Runs a Feedmill of one region in a folder; as `superviseFolder` does. */
export async function runSession<T>(
  options: SessionOptions,
  context: CommandContext,
  reporter: Reporter,
  body: SessionBody<Supervisor, T>,
): Promise<T> {
  const { clock, random } = context;
  return await superviseFolder(
    options,
    async ({ before, stateFile }) => {
      const { dir, sources, workerFlags, references, hasGateway } = options;
      const postgresUrl = choosePostgres(options, before);
      const bindingsBefore = await readBindingsRecord(dir);
      return new Supervisor(
        {
          dir,
          sources,
          shardCount: options.shardCount(bindingsBefore?.shardCount),
          postgresUrl,
          workerFlags: () => workerFlags,
          ports: firstPorts(0),
          hasConnectors: true,
          references,
          hasGateway,
          drillsDir: drillsFolder(dir),
          before,
          bindingsBefore,
        },
        stateFile,
        { clock, random, reporter },
      );
    },
    context,
    reporter,
    body,
  );
}

/**
 * Journals and rows belong together, so a folder stays with its Postgres: a URL that was given once
 * holds for the next starts, too.
 */
function choosePostgres(
  { postgresUrl, dir }: SessionOptions,
  before: LocalState | undefined,
): string | undefined {
  if (before?.regions !== undefined) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `${dir} holds two regions: start them with \`feedmill up --regions 2\`, or choose another ` +
        'folder with --dir.',
    );
  }
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
