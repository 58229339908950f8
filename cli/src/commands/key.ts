import { randomBytes } from 'node:crypto';
import { FeedmillError } from '@feedmill/core/errors';
import { makeApiKey } from '@feedmill/gateway/access/api-key';
import { SCOPE_NAMES, type Scope } from '@feedmill/gateway/access/scope';
import {
  type ApiKeyRecord,
  insertApiKey,
  revokeApiKey,
  selectApiKeys,
} from '@feedmill/store/queries/api-keys';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { type Database, withConnection, withFolderDatabase } from '../folder-database.ts';
import { tableLines } from '../text-table.ts';
import {
  absoluteDir,
  addFolderOptions,
  type FolderOptions,
  postgresOption,
} from './common-options.ts';

const DAY_MS = 86_400_000;
const NANOS_PER_MS = 1_000_000n;
const DEFAULT_RATE = 50;
/** How much of a second's rate may come at once, after a rest. */
const BURST_SECONDS = 2;

const ACTIONS = ['add', 'list', 'revoke'] as const;

interface KeyOptions extends FolderOptions {
  readonly postgres?: string;
  readonly scope: readonly Scope[];
  readonly days?: number;
  readonly rate: number;
}

export function addKeyCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('key')
    .summary('make, list and revoke keys of the API')
    .description(
      'Keys of programs and people that ask the API. A key is shown once, when it is made; of it ' +
        'only a hash is kept. Revoking one takes effect within seconds.',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .argument('[whose]', 'name of a new key, or the id of one to revoke')
    .addOption(
      new Option('--scope <names>', `what a new key may do: ${SCOPE_NAMES.join(', ')}`)
        .argParser(parseScopes)
        .default(['read', 'live'], 'read,live'),
    )
    .addOption(
      new Option('--days <n>', 'how long it is valid; for ever without').argParser(parseCount),
    )
    .addOption(
      new Option('--rate <n>', 'requests a second; twice as many at once')
        .argParser(parseCount)
        .default(DEFAULT_RATE),
    )
    .addOption(postgresOption());
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ feedmill key add my-desk --scope read,live --rate 100 --days 365
  $ feedmill key list
  $ feedmill key revoke 1f0a3c5d7e9b2d4f60`,
    )
    .action(
      async (action: (typeof ACTIONS)[number], whose: string | undefined, options: KeyOptions) => {
        if (action === 'list') await listKeys(options, context);
        else if (action === 'add') await addKey(needed(action, whose), options, context);
        else await revokeKey(needed(action, whose), options, context);
      },
    );
}

function needed(action: string, whose: string | undefined): string {
  if (whose !== undefined) return whose;
  throw new FeedmillError(
    'USAGE',
    `\`feedmill key ${action}\` needs ${action === 'add' ? 'a name' : 'the id of a key'}.`,
  );
}

async function withKeys<T>(
  options: KeyOptions,
  context: CommandContext,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const { postgres } = options;
  return postgres === undefined
    ? await withFolderDatabase(absoluteDir(options), 'key', context, use)
    : await withConnection(postgres, 'key', use);
}

async function addKey(name: string, options: KeyOptions, context: CommandContext): Promise<void> {
  const { scope: scopes, days, rate } = options;
  const nowMs = Number(context.clock.wallNanos() / NANOS_PER_MS);
  const expiresAt = days === undefined ? undefined : new Date(nowMs + days * DAY_MS);
  const wanted = { name, scopes, expiresAt, requestsPerSecond: rate, burst: BURST_SECONDS * rate };
  const { key, record } = await makeApiKey(wanted, randomBytes);
  await withKeys(options, context, (database) => insertApiKey(database, record));
  if (options.json === true) writeJson(context, { id: record.keyId, key });
  else writeLines(context, [key]);
}

const KEY_COLUMNS = [
  { title: 'ID', align: 'left' },
  { title: 'NAME', align: 'left' },
  { title: 'SCOPES', align: 'left' },
  { title: 'RATE', align: 'right' },
  { title: 'CREATED', align: 'left' },
  { title: 'STATE', align: 'left' },
] as const;

async function listKeys(options: KeyOptions, context: CommandContext): Promise<void> {
  const keys = await withKeys(options, context, selectApiKeys);
  const nowMs = Number(context.clock.wallNanos() / NANOS_PER_MS);
  if (options.json === true) {
    writeJson(
      context,
      keys.map((key) => ({ ...key, salt: undefined, hash: undefined })),
    );
    return;
  }
  const rows = keys.map((key) => [
    key.keyId,
    key.name,
    key.scopes.join(','),
    `${key.requestsPerSecond}/s`,
    dayOf(key.createdAt),
    stateOf(key, nowMs),
  ]);
  writeLines(context, tableLines(KEY_COLUMNS, rows));
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

function stateOf({ revokedAt, expiresAt }: ApiKeyRecord, nowMs: number): string {
  if (revokedAt !== undefined) return `revoked ${dayOf(revokedAt)}`;
  if (expiresAt === undefined) return 'valid';
  return `${expiresAt.getTime() > nowMs ? 'valid until' : 'expired'} ${dayOf(expiresAt)}`;
}

async function revokeKey(id: string, options: KeyOptions, context: CommandContext): Promise<void> {
  const isThere = await withKeys(options, context, (database) => revokeApiKey(database, id));
  if (!isThere) {
    throw new FeedmillError('USAGE', `There is no key ${id}; \`feedmill key list\` shows all.`);
  }
  if (options.json === true) writeJson(context, { id, revoked: true });
  else writeLines(context, [`Key ${id} is revoked.`]);
}

function parseScopes(text: string): Scope[] {
  const scopes = text.split(',').map((each) => each.trim());
  const unknown = scopes.find((scope) => !SCOPE_NAMES.includes(scope as Scope));
  if (unknown === undefined) return scopes as Scope[];
  throw new InvalidArgumentError(
    `'${unknown}' is none; write some of ${SCOPE_NAMES.join(', ')}, separated by commas.`,
  );
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1,000,000.');
}
