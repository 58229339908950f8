import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import { isReferenceKind, REFERENCE_KINDS } from '@feedmill/core/reference/reference-set';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { LIMITS } from '../limits.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import { liveVenues } from '../supervisor/live-venues.ts';

export const DEFAULT_DIR = './.feedmill';

/** Options that every command about a folder has. */
export interface FolderOptions {
  readonly dir: string;
  readonly json?: true;
}

export function addFolderOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--dir <path>', 'folder that holds everything')
        .env('FEEDMILL_DIR')
        .default(DEFAULT_DIR),
    )
    .addOption(jsonOption());
}

export const jsonOption = (): Option => new Option('--json', 'one JSON document on stdout');

export const sourceOption = (): Option =>
  new Option('--source <spec>', 'what to read; may be given several times').argParser(
    (value, previous: string[] | undefined) => [...(previous ?? []), value],
  );

export const liveOption = (): Option =>
  new Option(
    '--live <venues>',
    'venues to read as they trade, separated by commas, with their usual symbols',
  ).argParser(liveVenues);

export const shardsOption = (): Option =>
  new Option('--shards <n>', `number of workers, 1 to ${LIMITS.shardsMax}`).argParser(parseShards);

export const speedOption = (): Option =>
  new Option(
    '--speed <n>',
    '1: as recorded, any factor of it, 0: as fast as it is taken; a source may say its own',
  ).argParser(parseSpeed);

export const postgresOption = (
  description = 'Postgres 15 or newer to use instead of the embedded one',
): Option =>
  new Option('--postgres <url>', description).env('FEEDMILL_POSTGRES').argParser(parsePostgresUrl);

export const otherPostgresOption = (): Option =>
  new Option(
    '--regions <url>',
    "with --postgres: the other region's database, to hold the rows of both against each other",
  ).argParser(parsePostgresUrl);

export const workerOption = (): Option =>
  new Option(
    '--worker <host:port>',
    'a worker that runs elsewhere; may be given several times',
  ).argParser((value, previous: string[] | undefined) => {
    if (/^[^:]+:[0-9]+$/.test(value)) return [...(previous ?? []), value];
    throw new InvalidArgumentError('Write HOST:PORT, as 10.0.0.7:7400.');
  });

export const bookDeltasOption = (): Option =>
  new Option('--store-book-deltas', 'keep the changes of order books as rows');

export const loadOption = (): Option =>
  new Option(
    '--load <kind=file>',
    'reference data to load before anything starts; may be given several times',
  ).argParser((value, previous: ReferenceFile[] | undefined) => [
    ...(previous ?? []),
    parseReferenceFile(value),
  ]);

/** Flags of every worker, from the options of the command. */
export function workerFlags(options: { readonly storeBookDeltas?: true }): string[] {
  return options.storeBookDeltas === true ? ['--store-book-deltas'] : [];
}

export const absoluteDir = (options: FolderOptions): string => path.resolve(options.dir);

function parseReferenceFile(text: string): ReferenceFile {
  const [, kind = '', file = ''] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  if (isReferenceKind(kind)) {
    return { kind, path: path.resolve(file), replaces: false, venue: undefined };
  }
  throw new InvalidArgumentError(
    `Write KIND=FILE with a kind of ${REFERENCE_KINDS.join(', ')}, as instruments=my.csv.`,
  );
}

function parseShards(text: string): number {
  const shards = Number(text);
  if (Number.isInteger(shards) && shards >= 1 && shards <= LIMITS.shardsMax) return shards;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMITS.shardsMax}.`);
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && Number.isFinite(speed) && speed >= 0) return speed;
  throw new InvalidArgumentError('It must be a number from 0 up.');
}

/** @throws FeedmillError USAGE */
export function parsePostgresUrl(text: string): string {
  // The password does not belong into a message.
  const shown = maskedUrl(text);
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new FeedmillError(
    'USAGE',
    `'${shown}' is not a connection URL; write postgres://user:password@host:port/name.`,
  );
}

/** A connection URL without its password. */
export const maskedUrl = (url: string): string =>
  url.replace(/:\/\/([^:/@]*):[^@]*@/, '://$1:***@');
