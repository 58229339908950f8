import { EVENT_TABLE_COLUMNS, EVENT_TABLES, type EventTable } from '../copy/tables.ts';

/**
 * One row an event, whatever table it is in: a change of a book counts once, as its first change.
 * Dead letters stand for events that have no row.
 */
const STORED_EVENTS = [
  ...EVENT_TABLES.map((table) => {
    const filter = table === 'book_delta' ? ' where change_index = 0' : '';
    return `select producer_id, producer_sequence, ts_init from feedmill.${table}${filter}`;
  }),
  'select producer_id, producer_sequence, ts_init from feedmill.dead_letter',
].join('\n  union all ');

/** Stored events beside the one before them in their producer's sequence. */
const NUMBERED_EVENTS = `
stored as (
  ${STORED_EVENTS}
), numbered as (
  select s.producer_id, s.producer_sequence, s.ts_init,
    lag(s.producer_sequence) over by_sequence as previous,
    lag(s.ts_init) over by_sequence as previous_ts_init
  from stored s
  window by_sequence as (partition by s.producer_id order by s.producer_sequence, s.ts_init)
)`;

/**
 * Counts for each producer that has a row anywhere. `stored` are distinct sequences from 1 to
 * last_sequence; `unexpected` lie outside, or have a producer that nobody knows.
 */
export const SELECT_EVENT_COUNTS = `
with ${NUMBERED_EVENTS}
select n.producer_id,
  count(*) filter (where n.previous is distinct from n.producer_sequence
    and n.producer_sequence between 1 and p.last_sequence) as stored,
  count(*) filter (where n.previous = n.producer_sequence) as doubled,
  count(*) filter (where p.producer_id is null
    or n.producer_sequence not between 1 and p.last_sequence) as unexpected,
  count(*) filter (where n.ts_init < n.previous_ts_init) as order_broken
from numbered n
left join feedmill.producer p on p.producer_id = n.producer_id
group by n.producer_id`;

/** Rows behind sequence $1 of each producer, and how many sequences they are of. */
export const SELECT_TAIL_COUNTS = `
with stored as (
  ${STORED_EVENTS}
)
select s.producer_id::text as id, count(*) as rows,
  count(distinct s.producer_sequence) as distinct
from stored s where s.producer_sequence > $1 group by 1`;

/** Runs of sequences of one producer that have neither row nor dead letter, the first `$2`. */
export const SELECT_HOLES = `
with stored as (
  ${STORED_EVENTS}
), numbered as (
  select s.producer_sequence, lag(s.producer_sequence, 1, 0::int8) over by_sequence as previous
  from (
    select producer_sequence from stored where producer_id = $1
    union all select last_sequence + 1 from feedmill.producer where producer_id = $1
  ) s
  window by_sequence as (order by s.producer_sequence)
)
select n.previous + 1 as first, n.producer_sequence - 1 as last
from numbered n where n.producer_sequence > n.previous + 1
order by 1 limit $2`;

/** Sequences of one producer that are stored more than once, the first `$2`. */
export const SELECT_DOUBLED = `
with stored as (
  ${STORED_EVENTS}
)
select s.producer_sequence as sequence from stored s where s.producer_id = $1
group by 1 having count(*) > 1 order by 1 limit $2`;

/** Book events whose changes do not count from 0 without holes and repeats. */
export const SELECT_BROKEN_BOOK_EVENTS = `
select d.producer_id, count(*) as broken
from (
  select producer_id, producer_sequence from feedmill.book_delta
  group by 1, 2
  having min(change_index) <> 0 or count(*) <> max(change_index) + 1
    or count(distinct change_index) <> count(*)
) d group by 1`;

/**
 * Breaks in the ledger: ranges that do not join, epochs of a shard that do not rise with the
 * sequences, and an end that is not where the producer stands.
 */
export const SELECT_LEDGER_FAULTS = `
with ledger as (
  select e.*,
    lag(e.last_sequence, 1, 0::int8) over by_sequence as previous_last,
    lag(e.epoch) over by_shard as previous_epoch,
    lag(e.last_position) over by_shard as previous_position,
    lead(e.first_sequence) over by_sequence as next_first
  from feedmill.producer_epoch e
  window by_sequence as (partition by e.producer_id order by e.first_sequence),
    by_shard as (partition by e.producer_id, e.shard order by e.first_sequence)
)
select l.producer_id, format(
    'epoch %s of shard %s begins at sequence %s, the range before it ends at %s',
  l.epoch, l.shard, l.first_sequence, l.previous_last) as fault
from ledger l where l.first_sequence <> l.previous_last + 1
union all
select l.producer_id, format(
    'epoch %s of shard %s follows epoch %s', l.epoch, l.shard, l.previous_epoch)
from ledger l where l.epoch < l.previous_epoch
union all
select l.producer_id, format(
    'epoch %s of shard %s begins at position %s, the epoch before ends at %s',
  l.epoch, l.shard, l.first_position, l.previous_position)
from ledger l where l.first_position < l.previous_position
union all
select p.producer_id, format('the ledger ends at sequence %s, the producer at %s',
  coalesce(l.last_sequence, 0), p.last_sequence)
from feedmill.producer p
left join ledger l on l.producer_id = p.producer_id and l.next_first is null
where coalesce(l.last_sequence, 0) <> p.last_sequence`;

/** Columns that differ between two runs of the same input: our own times and positions. */
const OWN_TIMES: ReadonlySet<string> = new Set(['ts_recv', 'ts_init']);

const DERIVED_COLUMNS = {
  // Not its bytes: they name their symbol by its place in the batch that they came in.
  dead_letter: ['producer_id', 'producer_sequence', 'instrument_id', 'reason', 'message'],
  bar: [
    'instrument_id',
    'step_ms',
    'ts_event',
    'producer_id',
    'open',
    'high',
    'low',
    'close',
    'vwap',
    'trade_count',
    'first_sequence',
    'last_sequence',
    'revision',
    'quality',
    'is_final',
    'volume',
    'buy_volume',
    'sell_volume',
    'notional',
    'reporting_currency',
    'reporting_rate',
    'reporting_notional',
    'rates_version',
  ],
  gap: [
    'producer_id',
    'instrument_id',
    'first_missing',
    'last_missing',
    'missing_count',
    'repaired_count',
    'producer_sequence',
    'channel_id',
    'epoch',
    'cause',
    'repaired_by',
    'is_reported',
    'session_id',
  ],
} as const;

export type HashedTable = EventTable | keyof typeof DERIVED_COLUMNS;

/** Every table whose rows belong to a producer. */
export const HASHED_TABLES: readonly HashedTable[] = [
  ...EVENT_TABLES,
  ...(Object.keys(DERIVED_COLUMNS) as (keyof typeof DERIVED_COLUMNS)[]),
];

/**
 * The sum, modulo 2^64, of a 64-bit hash of each row: the same in whatever order the rows stand.
 * The seed is the table's number, so that a row in another table counts differently.
 */
export function hashStatement(table: HashedTable): string {
  return `
select t.producer_id, count(*) as rows, ${hashSum(table)} as hash
from feedmill.${table} t group by 1`;
}

/** The same by runs of $1 sequences, behind sequence $2. */
export function rangeHashStatement(table: HashedTable): string {
  return `
select t.producer_id::text as id, (t.${sequenceColumn(table)} - 1) / $1::int8 as index,
  count(*) as rows, ${hashSum(table)} as hash
from feedmill.${table} t where t.${sequenceColumn(table)} > $2 group by 1, 2`;
}

/** The same for each sequence of producer $1 from $2 to $3. */
export function sequenceHashStatement(table: HashedTable): string {
  const column = sequenceColumn(table);
  return `
select t.${column} as sequence, count(*) as rows, ${hashSum(table)} as hash
from feedmill.${table} t where t.producer_id = $1 and t.${column} between $2 and $3
group by 1`;
}

function hashSum(table: HashedTable): string {
  const columns = isDerived(table)
    ? DERIVED_COLUMNS[table]
    : EVENT_TABLE_COLUMNS[table].filter((column) => !OWN_TIMES.has(column));
  const seed = HASHED_TABLES.indexOf(table) + 1;
  const row = columns.map((column) => `t.${column}`).join(', ');
  return `mod(sum(hash_record_extended(row(${row}), ${seed})), 18446744073709551616)`;
}

const sequenceColumn = (table: HashedTable): string =>
  table === 'bar' ? 'first_sequence' : 'producer_sequence';

const isDerived = (table: HashedTable): table is keyof typeof DERIVED_COLUMNS =>
  table in DERIVED_COLUMNS;
