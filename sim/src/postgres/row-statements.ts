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
  ['reporting_rate', 'int8'],
  ['rates_version', 'int8'],
  ['reporting_notional', 'numeric'],
  ['reporting_currency', 'text'],
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
  ['asset_pair_id', 'int8'],
  ['asset_pair', 'text'],
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

const SYMBOL_COLUMNS: Columns = [
  ['instrument_id', 'int8'],
  ['valid_from', 'int8'],
  ['valid_to', 'int8'],
  ['publisher_id', 'int4'],
  ['venue', 'text'],
  ['raw_symbol', 'text'],
];

export const upsertSymbols: StatementRun = async (context, values) => {
  const rows = unnest(SYMBOL_COLUMNS, values);
  await upsert(context, context.server.table('symbol'), rows, (standing, excluded) =>
    SYMBOL_COLUMNS.every(([name]) => isSame(standing[name] ?? null, excluded[name] ?? null))
      ? undefined
      : excluded,
  );
  return [];
};

const OUTCOME_COLUMNS: Columns = [
  ['alert_id', 'text'],
  ['state', 'int4'],
  ['attempts', 'int4'],
  ['ts_settled', 'int8'],
  ['last_error', 'text'],
];

const PENDING = 1;

export const settleAlerts: StatementRun = async ({ server, session, transaction }, values) => {
  const table = server.table('alert');
  for (const outcome of unnest(OUTCOME_COLUMNS, values)) {
    const key = table.keyOf(outcome);
    await transaction.lock(table, key, session.lockTimeoutMs);
    const standing = transaction.find(table, key);
    if (standing?.['state'] === PENDING) transaction.put(table, key, { ...standing, ...outcome });
  }
  return [];
};

export const insertReference: StatementRun = async (context, values) => {
  const [version, loaded, kind, source, content] = values;
  const row: SqlRow = {
    version: scalarOf(version, 'int8'),
    ts_loaded: scalarOf(loaded, 'int8'),
    kind: scalarOf(kind, 'text'),
    source: scalarOf(source, 'text'),
    content: scalarOf(content, 'bytea'),
  };
  await upsert(context, context.server.table('reference'), [row], () => undefined);
  return [];
};

export const selectReferenceVersions: StatementRun = ({ server, transaction }) => {
  const newest = new Map<string, bigint>();
  for (const { kind, version } of transaction.rows(server.table('reference'))) {
    const known = newest.get(String(kind)) ?? 0n;
    if ((version as bigint) > known) newest.set(String(kind), version as bigint);
  }
  return [...newest].map(([kind, version]) => ({ kind, version }));
};

export const selectReference: StatementRun = ({ server, transaction }, values) =>
  [...transaction.rows(server.table('reference'))]
    .filter((row) => row['kind'] === scalarOf(values[0], 'text'))
    .sort((one, other) => ((one['version'] as bigint) > (other['version'] as bigint) ? -1 : 1))
    .slice(0, 1);

function stateRow(values: readonly Parameter[], handedOver: boolean): SqlRow {
  const [id, shard, position, state, name = null, incarnation = null] = values;
  return {
    handed_over: handedOver,
    name: scalarOf(name, 'text'),
    incarnation: scalarOf(incarnation, 'int8'),
    producer_id: scalarOf(id, 'int8'),
    position: scalarOf(position, 'int8'),
    shard: scalarOf(shard, 'int4'),
    state: scalarOf(state, 'bytea'),
  };
}

/** Within the sink's transaction: whatever stands is replaced. */
export const upsertState: StatementRun = async (context, values) => {
  await putState(context, stateRow(values, true), () => true);
  return [];
};

/** Beside the sink: a newer one stays. */
export const saveState: StatementRun = async (context, values) => {
  await putState(
    context,
    stateRow(values, false),
    (standing, excluded) => (standing['position'] as bigint) <= (excluded['position'] as bigint),
  );
  return [];
};

async function putState(
  context: StatementContext,
  row: SqlRow,
  isReplaced: (standing: SqlRow, excluded: SqlRow) => boolean,
): Promise<void> {
  const table = context.server.table('producer_state');
  await upsert(context, table, [row], (standing, excluded) =>
    isReplaced(standing, excluded) ? excluded : undefined,
  );
}

export const selectState: StatementRun = ({ server, transaction }, values) => {
  const id = scalarOf(values[0], 'int8');
  return [...transaction.rows(server.table('producer_state'))]
    .filter((row) => row['producer_id'] === id)
    .sort((one, other) => ((one['position'] as bigint) > (other['position'] as bigint) ? -1 : 1));
};

/** Beside the sink, as a producer's. */
export const saveShardState: StatementRun = async (context, values) => {
  const [shard, position, state] = values;
  const row: SqlRow = {
    shard: scalarOf(shard, 'int4'),
    position: scalarOf(position, 'int8'),
    state: scalarOf(state, 'bytea'),
  };
  const table = context.server.table('shard_state');
  await upsert(context, table, [row], (standing, excluded) =>
    (standing['position'] as bigint) <= (excluded['position'] as bigint) ? excluded : undefined,
  );
  return [];
};

export const selectShardStates: StatementRun = ({ server, transaction }, values) => {
  const shard = scalarOf(values[0], 'int4');
  const held = transaction.find(server.table('shard_state'), String(shard));
  if (held === undefined) return [];
  const { position = null, state: shardState = null } = held;
  const states = [...transaction.rows(server.table('producer_state'))].filter(
    (row) => row['shard'] === shard && row['position'] === position && row['handed_over'] === false,
  );
  const rows = states.map(
    ({ producer_id = null, name = null, incarnation = null, state = null }) => {
      return { producer_id, name, incarnation, state };
    },
  );
  const none = { producer_id: null, name: null, incarnation: null, state: null };
  const found = rows.length === 0 ? [none] : rows;
  return found.map((row) => ({ position, shard_state: shardState, ...row }));
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
