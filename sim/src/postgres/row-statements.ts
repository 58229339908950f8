import { isSame, type Parameter, type SqlRow, scalarOf } from './sql-value.ts';
import type { StatementContext, StatementRun } from './statement-context.ts';
import { type Columns, unnest, upsert } from './upsert.ts';

// What is derived from events: bars, gaps, instruments, and the states of the processors.

const BAR_COLUMNS: Columns = [
  ['instrument_id', 'int8'],
  ['step_ms', 'int8'],
  ['ts_event', 'int8'],
  ['producer_id', 'int8'],
  ['open', 'int8'],
  ['high', 'int8'],
  ['low', 'int8'],
  ['close', 'int8'],
  ['vwap', 'int8'],
  ['trade_count', 'int8'],
  ['first_sequence', 'int8'],
  ['last_sequence', 'int8'],
  ['ts_init', 'int8'],
  ['revision', 'int4'],
  ['quality', 'int4'],
  ['is_final', 'bool'],
  ['volume', 'numeric'],
  ['buy_volume', 'numeric'],
  ['sell_volume', 'numeric'],
  ['notional', 'numeric'],
];

export const upsertBars: StatementRun = async (context, values) => {
  const rows = unnest(BAR_COLUMNS, values);
  await upsert(context, context.server.table('bar'), rows, (_standing, excluded) => excluded);
  return [];
};

const GAP_COLUMNS: Columns = [
  ['producer_id', 'int8'],
  ['instrument_id', 'int8'],
  ['first_missing', 'int8'],
  ['last_missing', 'int8'],
  ['missing_count', 'int8'],
  ['repaired_count', 'int8'],
  ['ts_detected', 'int8'],
  ['ts_repaired', 'int8'],
  ['producer_sequence', 'int8'],
  ['channel_id', 'int4'],
  ['epoch', 'int4'],
  ['cause', 'int4'],
  ['repaired_by', 'int4'],
  ['is_reported', 'bool'],
  ['session_id', 'text'],
];

const REPAIRED = [
  'last_missing',
  'missing_count',
  'repaired_count',
  'ts_repaired',
  'repaired_by',
] as const;

export const upsertGaps: StatementRun = async (context, values) => {
  const rows = unnest(GAP_COLUMNS, values);
  await upsert(context, context.server.table('gap'), rows, (standing, excluded) => ({
    ...standing,
    ...Object.fromEntries(REPAIRED.map((column) => [column, excluded[column] ?? null])),
    cause: (excluded['cause'] === 0 ? standing['cause'] : excluded['cause']) ?? null,
  }));
  return [];
};

const INSTRUMENT_COLUMNS: Columns = [
  ['instrument_id', 'int8'],
  ['min_price_increment', 'int8'],
  ['lot_size', 'int8'],
  ['multiplier', 'int8'],
  ['expiration', 'int8'],
  ['strike_price', 'int8'],
  ['valid_from', 'int8'],
  ['valid_to', 'int8'],
  ['publisher_id', 'int4'],
  ['instrument_class', 'int4'],
  ['allows_negative_price', 'bool'],
  ['name', 'text'],
  ['venue', 'text'],
  ['raw_symbol', 'text'],
  ['base', 'text'],
  ['quote', 'text'],
  ['isin', 'text'],
  ['figi', 'text'],
];

export const upsertInstruments: StatementRun = async (context, values) => {
  const rows = unnest(INSTRUMENT_COLUMNS, values);
  await upsert(context, context.server.table('instrument'), rows, (standing, excluded) => {
    const isDistinct = INSTRUMENT_COLUMNS.some(
      ([name]) => !isSame(standing[name] ?? null, excluded[name] ?? null),
    );
    // The name is not among what is updated; it is what the id is made of.
    return isDistinct ? { ...excluded, name: standing['name'] ?? null } : undefined;
  });
  return [];
};

function stateRow([id, shard, position, state]: readonly Parameter[]): SqlRow {
  return {
    producer_id: scalarOf(id, 'int8'),
    position: scalarOf(position, 'int8'),
    shard: scalarOf(shard, 'int4'),
    state: scalarOf(state, 'bytea'),
  };
}

/** Within the sink's transaction: whatever stands is replaced. */
export const upsertState: StatementRun = async (context, values) => {
  await putState(context, values, () => true);
  return [];
};

/** Beside the sink: a newer one stays. */
export const saveState: StatementRun = async (context, values) => {
  await putState(
    context,
    values,
    (standing, excluded) => (standing['position'] as bigint) <= (excluded['position'] as bigint),
  );
  return [];
};

async function putState(
  context: StatementContext,
  values: readonly Parameter[],
  isReplaced: (standing: SqlRow, excluded: SqlRow) => boolean,
): Promise<void> {
  const table = context.server.table('producer_state');
  await upsert(context, table, [stateRow(values)], (standing, excluded) =>
    isReplaced(standing, excluded) ? excluded : undefined,
  );
}

export const selectState: StatementRun = ({ server, transaction }, values) => {
  const id = scalarOf(values[0], 'int8');
  return [...transaction.rows(server.table('producer_state'))]
    .filter((row) => row['producer_id'] === id)
    .sort((one, other) => ((one['position'] as bigint) > (other['position'] as bigint) ? -1 : 1));
};

export const selectStateOwners: StatementRun = ({ server, transaction }, values) => {
  const shard = scalarOf(values[0], 'int4');
  const rows = [...transaction.rows(server.table('producer_state'))];
  return rows.filter((row) => row['shard'] === shard);
};

export const findShard: StatementRun = ({ server, transaction }, values) => {
  const row = transaction.find(server.table('shard'), String(scalarOf(values[0], 'int4')));
  const holds =
    row !== undefined &&
    row['epoch'] === scalarOf(values[1], 'int8') &&
    (row['position'] as bigint) >= (scalarOf(values[2], 'int8') as bigint);
  return holds ? [{}] : [];
};

export const ensurePartition: StatementRun = ({ server }, values) => {
  const parentName = scalarOf(values[0], 'text') as string;
  const name = `${parentName}_${String(scalarOf(values[1], 'text'))}`;
  const defaultName = `${parentName}_default`;
  for (const known of [name, defaultName]) {
    if (server.partitions.has(known)) return [{ target: known }];
  }
  const parent = server.table(parentName);
  const siblings = [...server.partitions.values()].filter((each) => each.parent === parent);
  const isDefault = siblings.length >= (scalarOf(values[4], 'int4') as number);
  const target = isDefault ? defaultName : name;
  const to = scalarOf(values[3], 'int8') as bigint | null;
  server.partitions.set(target, {
    parent,
    from: scalarOf(values[2], 'int8') as bigint,
    to: to ?? undefined,
    isDefault,
  });
  return [{ target }];
};
