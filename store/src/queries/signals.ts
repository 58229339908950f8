import type { Queryable } from './progress.ts';

/** Newest first; the key of each partition is read backwards until there are enough. */
const SELECT_SIGNALS = `
select s.instrument_id, s.ts_init, s.position, s.row_index, s.shard, s.producer_id, s.ts_event,
  s.value, s.base, s.threshold, s.window_ms, s.kind, s.is_alert, s.rule
from feedmill.signal s
where s.instrument_id = $1 and s.ts_init < $2
order by s.ts_init desc, s.shard desc, s.position desc, s.row_index desc
limit $3`;

const ALERT_COLUMNS = `a.alert_id, a.instrument_id, a.ts_init, a.position, a.row_index, a.shard,
  a.producer_id, a.ts_event, a.value, a.base, a.threshold, a.window_ms, a.kind, a.state, a.rule,
  a.attempts, a.ts_settled, a.last_error, i.name as instrument, p.name as producer`;

const SELECT_ALERTS = `
select ${ALERT_COLUMNS}
from feedmill.alert a
left join feedmill.instrument i on i.instrument_id = a.instrument_id
left join feedmill.producer p on p.producer_id = a.producer_id
where a.ts_init < $1 and ($2::int2 is null or a.state = $2)
order by a.ts_init desc, a.shard desc, a.position desc, a.row_index desc
limit $3`;

const SELECT_PENDING = `
select ${ALERT_COLUMNS}
from feedmill.alert a
left join feedmill.instrument i on i.instrument_id = a.instrument_id
left join feedmill.producer p on p.producer_id = a.producer_id
where a.shard = $1 and a.state = 1 and a.alert_id <> all($2::text[])
order by a.ts_init, a.position, a.row_index
limit $3`;

const EVER = 9_223_372_036_854_775_807n;

/** Times in ns. */
export interface SignalRecord {
  readonly instrumentId: bigint;
  readonly producerId: bigint;
  readonly rule: string;
  /** SignalKind of subscribe.proto. */
  readonly kind: number;
  readonly value: number;
  readonly base: number;
  readonly threshold: number;
  readonly windowMs: number;
  readonly tsEvent: bigint;
  readonly tsInit: bigint;
  readonly shard: number;
  readonly position: number;
  readonly rowIndex: number;
}

export interface AlertRecord extends SignalRecord {
  readonly alertId: string;
  /** Canonical; undefined where nobody has said what the instrument is. */
  readonly instrument: string | undefined;
  readonly producer: string;
  /** AlertState of subscribe.proto. */
  readonly state: number;
  readonly attempts: number;
  readonly tsSettled: bigint;
  readonly lastError: string | undefined;
}

/** int8 comes as text. */
type SignalColumns = Readonly<
  Record<
    'instrument_id' | 'ts_init' | 'position' | 'producer_id' | 'ts_event' | 'window_ms' | 'rule',
    string
  > &
    Record<'row_index' | 'shard' | 'value' | 'base' | 'threshold' | 'kind', number>
>;

type AlertColumns = SignalColumns &
  Readonly<
    Record<'alert_id' | 'ts_settled', string> &
      Record<'state' | 'attempts', number> &
      Record<'last_error' | 'instrument' | 'producer', string | null>
  >;

/**
 * The last signals of an instrument, newest first.
 *
 * @param before ns of the journal's time; whatever is from then on is left out
 */
export async function selectSignals(
  db: Queryable,
  instrumentId: bigint,
  limit: number,
  before: bigint = EVER,
): Promise<(SignalRecord & { readonly isAlert: boolean })[]> {
  const { rows } = await db.query<SignalColumns & { readonly is_alert: boolean }>(SELECT_SIGNALS, [
    instrumentId,
    before,
    limit,
  ]);
  return rows.map((row) => ({ ...signalOf(row), isAlert: row.is_alert }));
}

/**
 * The last alerts of all shards, newest first.
 *
 * @param state only those that are so; undefined: all
 */
export async function selectAlerts(
  db: Queryable,
  limit: number,
  { before = EVER, state }: { readonly before?: bigint; readonly state?: number } = {},
): Promise<AlertRecord[]> {
  const { rows } = await db.query<AlertColumns>(SELECT_ALERTS, [before, state ?? null, limit]);
  return rows.map(alertOf);
}

/** What a shard has to deliver, oldest first, beside those that are under way. */
export async function selectPendingAlerts(
  db: Queryable,
  shard: number,
  underWay: readonly string[],
  limit: number,
): Promise<AlertRecord[]> {
  const { rows } = await db.query<AlertColumns>(SELECT_PENDING, [shard, underWay, limit]);
  return rows.map(alertOf);
}

function signalOf(row: SignalColumns): SignalRecord {
  return {
    instrumentId: BigInt(row.instrument_id),
    producerId: BigInt(row.producer_id),
    rule: row.rule,
    kind: row.kind,
    value: row.value,
    base: row.base,
    threshold: row.threshold,
    windowMs: Number(row.window_ms),
    tsEvent: BigInt(row.ts_event),
    tsInit: BigInt(row.ts_init),
    shard: row.shard,
    position: Number(row.position),
    rowIndex: row.row_index,
  };
}

function alertOf(row: AlertColumns): AlertRecord {
  return {
    ...signalOf(row),
    alertId: row.alert_id,
    instrument: row.instrument ?? undefined,
    producer: row.producer ?? '',
    state: row.state,
    attempts: row.attempts,
    tsSettled: BigInt(row.ts_settled),
    lastError: row.last_error ?? undefined,
  };
}
