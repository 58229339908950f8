import { PgServerError } from './pg-server-error.ts';
import type { SimTable } from './sim-table.ts';
import { arrayOf, type Parameter, type SqlRow, scalarOf } from './sql-value.ts';
import type { StatementContext, StatementRun } from './statement-context.ts';
import { type Columns, unnest } from './upsert.ts';

// The functions and statements of migration 0003 and of store/, in the order of their effects.

const FENCED = 'FM001';
const SEQUENCES_DO_NOT_JOIN = 'FM002';

const int8 = (value: Parameter): bigint => scalarOf(value, 'int8') as bigint;
const int4 = (value: Parameter): number => scalarOf(value, 'int4') as number;

/** Locks a row that a statement has found, and reads it again: it may be another one by then. */
async function lockFound(
  { session, transaction }: StatementContext,
  table: SimTable,
  key: string,
): Promise<SqlRow | undefined> {
  const waiting = transaction.lock(table, key, session.lockTimeoutMs);
  if (waiting !== undefined) await waiting;
  return transaction.find(table, key);
}

export const advanceShard: StatementRun = async (context, values) => {
  const table = context.server.table('shard');
  const key = String(int4(values[0]));
  const [epoch, from, to] = values.slice(1).map(int8) as [bigint, bigint, bigint];
  const isOurs = (row: SqlRow | undefined): boolean =>
    row?.['epoch'] === epoch && row['position'] === from;
  let row = context.transaction.find(table, key);
  if (isOurs(row)) row = await lockFound(context, table, key);
  if (row === undefined || !isOurs(row)) {
    throw new PgServerError(
      FENCED,
      `shard ${key} is held by ${String(row?.['holder'] ?? 'nobody')} with epoch ` +
        `${String(row?.['epoch'] ?? 0)} at position ${String(row?.['position'] ?? 0)}; epoch ` +
        `${epoch} wanted to go on from ${from}`,
    );
  }
  context.transaction.put(table, key, { ...row, position: to });
  return [];
};

const PROGRESS_COLUMNS: Columns = [
  ['producer_id', 'int8'],
  ['name', 'text'],
  ['incarnation', 'int8'],
  ['generation', 'int8'],
  ['first_sequence', 'int8'],
  ['last_sequence', 'int8'],
  ['first_position', 'int8'],
  ['last_position', 'int8'],
  ['last_ts_init', 'int8'],
  ['duplicate_events', 'int8'],
  ['unstored_events', 'int8'],
  ['dead_letters', 'int8'],
  ['gaps', 'int8'],
];

export const advanceProducers: StatementRun = async (context, values) => {
  const { server, session, transaction } = context;
  const producers = server.table('producer');
  const shard = int4(values[0]);
  const epoch = int8(values[1]);
  const given = unnest(PROGRESS_COLUMNS, values.slice(2));
  for (const { producer_id: id = null, name = null } of given) {
    if (transaction.find(producers, String(id)) !== undefined) continue;
    const fresh = newProducer(id as bigint, name as string, shard);
    await transaction.insert(producers, fresh, session.lockTimeoutMs);
  }
  let moved = 0;
  for (const row of given) {
    const key = String(row['producer_id']);
    const joins = (standing: SqlRow | undefined): boolean =>
      standing?.['last_sequence'] === (row['first_sequence'] as bigint) - 1n &&
      (row['last_sequence'] as bigint) >= (row['first_sequence'] as bigint);
    if (!joins(transaction.find(producers, key))) continue;
    const standing = await lockFound(context, producers, key);
    if (standing === undefined || !joins(standing)) continue;
    transaction.put(producers, key, movedOn(standing, row, shard, epoch));
    moved += 1;
  }
  if (moved !== given.length) {
    throw new PgServerError(
      SEQUENCES_DO_NOT_JOIN,
      `sequences do not join those committed before: ${given
        .map((row) => `${String(row['name'])} ${String(row['first_sequence'])}`)
        .join('; ')}`,
    );
  }
  await keepLedger(context, given, shard, epoch);
  return [];
};

/** Of every stay of a producer on a shard and epoch, from where to where it committed. */
async function keepLedger(
  context: StatementContext,
  given: readonly SqlRow[],
  shard: number,
  epoch: bigint,
): Promise<void> {
  const { server, session, transaction } = context;
  const table = server.table('producer_epoch');
  for (const row of given) {
    const ends = (standing: SqlRow | undefined): boolean =>
      standing?.['last_sequence'] === (row['first_sequence'] as bigint) - 1n;
    const stay = [...transaction.rows(table)].find(
      (each) =>
        each['producer_id'] === row['producer_id'] &&
        each['shard'] === shard &&
        each['epoch'] === epoch &&
        ends(each),
    );
    const { last_sequence = null, last_position = null } = row;
    const standing = stay && (await lockFound(context, table, table.keyOf(stay)));
    if (standing !== undefined && ends(standing)) {
      transaction.put(table, table.keyOf(standing), { ...standing, last_sequence, last_position });
      continue;
    }
    const { producer_id = null, first_sequence = null, first_position = null } = row;
    await transaction.insert(
      table,
      { producer_id, epoch, first_sequence, last_sequence, first_position, last_position, shard },
      session.lockTimeoutMs,
    );
  }
}

function newProducer(id: bigint, name: string, shard: number): SqlRow {
  return {
    producer_id: id,
    last_sequence: 0n,
    last_position: 0n,
    last_ts_init: 0n,
    incarnation: 0n,
    generation: 0n,
    epoch: 0n,
    events: 0n,
    duplicate_events: 0n,
    unstored_events: 0n,
    dead_letters: 0n,
    gaps: 0n,
    shard,
    name,
  };
}

function movedOn(standing: SqlRow, row: SqlRow, shard: number, epoch: bigint): SqlRow {
  const sum = (column: string): bigint => (standing[column] as bigint) + (row[column] as bigint);
  return {
    ...standing,
    last_sequence: row['last_sequence'] ?? null,
    last_position: row['last_position'] ?? null,
    last_ts_init: row['last_ts_init'] ?? null,
    incarnation: row['incarnation'] ?? null,
    generation: row['generation'] ?? null,
    epoch,
    events:
      (standing['events'] as bigint) +
      (row['last_sequence'] as bigint) -
      (row['first_sequence'] as bigint) +
      1n,
    duplicate_events: sum('duplicate_events'),
    unstored_events: sum('unstored_events'),
    dead_letters: sum('dead_letters'),
    gaps: sum('gaps'),
    shard,
  };
}

export const raiseEpoch: StatementRun = async (context, values) => {
  const { server, session, transaction } = context;
  const table = server.table('shard');
  const shard = int4(values[0]);
  const [clusterId, holder] = [scalarOf(values[1], 'text'), scalarOf(values[2], 'text')];
  const expected = scalarOf(values[3], 'int8') as bigint | null;
  const key = String(shard);
  const standsNow = transaction.find(table, key) !== undefined;
  if (expected !== null && expected !== 0n && !standsNow) return [];
  const row = await lockFound(context, table, key);
  const isAllowed =
    row === undefined ||
    (row['cluster_id'] === clusterId && (expected === null || row['epoch'] === expected));
  if (!isAllowed) return [];
  const raised: SqlRow =
    row === undefined
      ? {
          shard,
          epoch: 1n,
          position: 0n,
          settlements: 0n,
          cluster_id: clusterId,
          holder,
          state: 'held',
        }
      : { ...row, epoch: (row['epoch'] as bigint) + 1n, holder, state: 'held' };
  transaction.put(table, key, raised);
  session.applicationName = `feedmill-shard-${shard}-epoch-${String(raised['epoch'])}`;
  return [raised];
};

export const settle: StatementRun = async (context, values) => {
  const { server, session, transaction } = context;
  const table = server.table('shard');
  const key = String(int4(values[0]));
  const epoch = int8(values[1]);
  if (transaction.find(table, key)?.['epoch'] !== epoch) return [];
  const row = await lockFound(context, table, key);
  if (row === undefined || row['epoch'] !== epoch) return [];
  transaction.put(table, key, { ...row, settlements: (row['settlements'] as bigint) + 1n });
  session.applicationName = `feedmill-shard-${key}-epoch-${epoch}`;
  return [row];
};

export const release: StatementRun = async (context, values) => {
  const table = context.server.table('shard');
  const key = String(int4(values[0]));
  const epoch = int8(values[1]);
  if (context.transaction.find(table, key)?.['epoch'] !== epoch) return [];
  const row = await lockFound(context, table, key);
  if (row?.['epoch'] !== epoch) return [];
  context.transaction.put(table, key, { ...row, state: 'released' });
  return [];
};

export const endSessions: StatementRun = async ({ server, session }, values) => {
  const shard = int4(values[0]);
  const epochMax = int8(values[1]);
  const name = new RegExp(`^feedmill-shard-${shard}-epoch-([0-9]+)$`);
  const matches = (applicationName: string): boolean => {
    const epoch = name.exec(applicationName)?.[1];
    return epoch !== undefined && BigInt(epoch) <= epochMax;
  };
  const stuck = await server.endSessions(session, matches, int4(values[2]));
  return [{ stuck }];
};

export const selectShard: StatementRun = ({ server, transaction }, values) => {
  const row = transaction.find(server.table('shard'), String(int4(values[0])));
  return row === undefined ? [] : [row];
};

export const selectShards: StatementRun = ({ server, transaction }) =>
  [...transaction.rows(server.table('shard'))].sort(
    (one, other) => (one['shard'] as number) - (other['shard'] as number),
  );

export const selectProducersOfShard: StatementRun = ({ server, transaction }, values) => {
  const shard = int4(values[0]);
  return [...transaction.rows(server.table('producer'))]
    .filter((row) => row['shard'] === shard)
    .sort(byText('name'));
};

export const selectProducersById: StatementRun = ({ server, transaction }, values) => {
  const ids = new Set(arrayOf(values[0], 'int8').map(String));
  const rows = [...transaction.rows(server.table('producer'))];
  return rows.filter((row) => ids.has(String(row['producer_id'])));
};

export const selectInstruments: StatementRun = ({ server, transaction }) =>
  [...transaction.rows(server.table('instrument'))].sort(byText('name'));

const byText =
  (column: string) =>
  (one: SqlRow, other: SqlRow): number =>
    String(one[column]) < String(other[column]) ? -1 : 1;
