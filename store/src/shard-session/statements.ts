/** A statement that is prepared once a connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export const BEGIN: Statement = { name: 'begin', text: 'begin' };
export const COMMIT: Statement = { name: 'commit', text: 'commit' };

/** One savepoint at a time is open, so the name may be the same for all. */
export const SAVEPOINT: Statement = { name: 'savepoint', text: 'savepoint part' };
export const RELEASE_SAVEPOINT: Statement = {
  name: 'release_savepoint',
  text: 'release savepoint part',
};
export const ROLLBACK_TO_SAVEPOINT = 'rollback to savepoint part; release savepoint part';

export const COPY_DEAD_LETTERS: Statement = {
  name: 'copy_dead_letters',
  text: `copy feedmill.dead_letter (producer_id, producer_sequence, instrument_id, ts_init,
  position, shard, reason, message, raw) from stdin (format binary)`,
};

export const COPY_CBBOS: Statement = {
  name: 'copy_cbbos',
  text: `copy feedmill.cbbo (asset_pair_id, ts_init, position, row_index, shard, ts_event,
  bid_px, bid_sz, bid_instrument_id, ask_px, ask_sz, ask_instrument_id, oldest_ts_recv, bid_pb,
  ask_pb, venues_live, venues_stale, superseded_quotes, state) from stdin (format binary)`,
};

export const COPY_SIGNALS: Statement = {
  name: 'copy_signals',
  text: `copy feedmill.signal (instrument_id, ts_init, position, row_index, shard, producer_id,
  ts_event, value, base, threshold, window_ms, kind, is_alert, rule) from stdin (format binary)`,
};

export const COPY_ALERTS: Statement = {
  name: 'copy_alerts',
  text: `copy feedmill.alert (alert_id, instrument_id, ts_init, position, row_index, shard,
  producer_id, ts_event, value, base, threshold, window_ms, kind, state, rule, attempts,
  ts_settled) from stdin (format binary)`,
};

/** What was settled once stays: a repetition comes from a worker that did not know of it. */
export const SETTLE_ALERTS: Statement = {
  name: 'settle_alerts',
  text: `
update feedmill.alert a
set state = s.state, attempts = s.attempts, ts_settled = s.ts_settled, last_error = s.last_error
from unnest($1::text[], $2::int4[], $3::int4[], $4::int8[], $5::text[])
  as s (alert_id, state, attempts, ts_settled, last_error)
where a.alert_id = s.alert_id and a.state = 1`,
};

export const UPSERT_BARS: Statement = {
  name: 'upsert_bars',
  text: `
insert into feedmill.bar as b (
  instrument_id, step_ms, ts_event, producer_id, open, high, low, close, vwap, trade_count,
  first_sequence, last_sequence, ts_init, revision, quality, is_final, volume, buy_volume,
  sell_volume, notional, reporting_rate, rates_version, reporting_notional, reporting_currency)
select * from unnest(
  $1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[],
  $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int4[], $15::int4[],
  $16::bool[], $17::numeric[], $18::numeric[], $19::numeric[], $20::numeric[], $21::int8[],
  $22::int8[], $23::numeric[], $24::text[])
on conflict (instrument_id, step_ms, ts_event, producer_id) do update set
  open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
  vwap = excluded.vwap, trade_count = excluded.trade_count,
  first_sequence = excluded.first_sequence, last_sequence = excluded.last_sequence,
  ts_known = case when b.revision = excluded.revision then coalesce(b.ts_known, b.ts_init)
    else excluded.ts_init end,
  ts_init = excluded.ts_init, revision = excluded.revision, quality = excluded.quality,
  is_final = excluded.is_final, volume = excluded.volume, buy_volume = excluded.buy_volume,
  sell_volume = excluded.sell_volume, notional = excluded.notional,
  reporting_rate = excluded.reporting_rate, rates_version = excluded.rates_version,
  reporting_notional = excluded.reporting_notional,
  reporting_currency = excluded.reporting_currency`,
};

export const UPSERT_GAPS: Statement = {
  name: 'upsert_gaps',
  text: `
insert into feedmill.gap as g (
  producer_id, instrument_id, first_missing, last_missing, missing_count, repaired_count,
  ts_detected, ts_repaired, producer_sequence, channel_id, epoch, cause, repaired_by, is_reported,
  session_id)
select * from unnest(
  $1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[],
  $9::int8[], $10::int4[], $11::int4[], $12::int4[], $13::int4[], $14::bool[], $15::text[])
on conflict (producer_id, instrument_id, channel_id, epoch, session_id, first_missing)
do update set
  last_missing = excluded.last_missing, missing_count = excluded.missing_count,
  repaired_count = excluded.repaired_count, ts_repaired = excluded.ts_repaired,
  cause = case excluded.cause when 0 then g.cause else excluded.cause end,
  repaired_by = excluded.repaired_by`,
};

/** Other shards know the same instruments: what does not change is neither locked nor written. */
export const UPSERT_INSTRUMENTS: Statement = {
  name: 'upsert_instruments',
  text: `
insert into feedmill.instrument as i (
  instrument_id, min_price_increment, lot_size, multiplier, expiration, strike_price, valid_from,
  valid_to, publisher_id, instrument_class, allows_negative_price, name, venue, raw_symbol, base,
  quote, isin, figi, asset_pair_id, asset_pair)
select * from unnest(
  $1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[],
  $9::int4[], $10::int4[], $11::bool[], $12::text[], $13::text[], $14::text[], $15::text[],
  $16::text[], $17::text[], $18::text[], $19::int8[], $20::text[])
on conflict (instrument_id) do update set
  min_price_increment = excluded.min_price_increment, lot_size = excluded.lot_size,
  multiplier = excluded.multiplier, expiration = excluded.expiration,
  strike_price = excluded.strike_price, valid_from = excluded.valid_from,
  valid_to = excluded.valid_to, publisher_id = excluded.publisher_id,
  instrument_class = excluded.instrument_class,
  allows_negative_price = excluded.allows_negative_price, venue = excluded.venue,
  raw_symbol = excluded.raw_symbol, base = excluded.base, quote = excluded.quote,
  isin = excluded.isin, figi = excluded.figi, asset_pair_id = excluded.asset_pair_id,
  asset_pair = excluded.asset_pair
where i is distinct from excluded`,
};

/** As instruments: what does not change is neither locked nor written. */
export const UPSERT_SYMBOLS: Statement = {
  name: 'upsert_symbols',
  text: `
insert into feedmill.symbol as s (
  instrument_id, valid_from, valid_to, publisher_id, venue, raw_symbol)
select * from unnest($1::int8[], $2::int8[], $3::int8[], $4::int4[], $5::text[], $6::text[])
on conflict (venue, raw_symbol, publisher_id, valid_from) do update set
  instrument_id = excluded.instrument_id, valid_to = excluded.valid_to
where s is distinct from excluded`,
};

export const INSERT_REFERENCE: Statement = {
  name: 'insert_reference',
  text: `
insert into feedmill.reference (version, ts_loaded, kind, source, content)
values ($1::int8, $2::int8, $3::text, $4::text, $5::bytea)
on conflict (kind, version) do nothing`,
};

export const UPSERT_STATE: Statement = {
  name: 'upsert_state',
  text: `
insert into feedmill.producer_state (producer_id, shard, position, state, handed_over)
values ($1::int8, $2::int4, $3::int8, $4::bytea, true)
on conflict (producer_id, shard, handed_over) do update set
  position = excluded.position, state = excluded.state`,
};

export const ADVANCE_PRODUCERS: Statement = {
  name: 'advance_producers',
  text: `select feedmill.advance_producers($1::int4, $2::int8, $3::int8[], $4::text[], $5::int8[],
  $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[],
  $13::int8[], $14::int8[], $15::int8[])`,
};

export const ADVANCE_SHARD: Statement = {
  name: 'advance_shard',
  text: 'select feedmill.advance_shard($1::int4, $2::int8, $3::int8, $4::int8)',
};

/** All that a session prepares when it opens; COPY statements follow as their tables are met. */
export const SESSION_STATEMENTS: readonly Statement[] = [
  BEGIN,
  COMMIT,
  SAVEPOINT,
  RELEASE_SAVEPOINT,
  COPY_DEAD_LETTERS,
  COPY_CBBOS,
  COPY_SIGNALS,
  COPY_ALERTS,
  SETTLE_ALERTS,
  UPSERT_BARS,
  UPSERT_GAPS,
  UPSERT_INSTRUMENTS,
  UPSERT_SYMBOLS,
  INSERT_REFERENCE,
  UPSERT_STATE,
  ADVANCE_PRODUCERS,
  ADVANCE_SHARD,
];

/**
 * Raises the epoch and names the session after it in one statement, so that a later holder can
 * find it. `$4` is the epoch that must stand (null: any).
 */
export const RAISE_EPOCH = `
with raised as (
  insert into feedmill.shard as s (shard, epoch, position, cluster_id, holder, state)
  select $1::int4, 1, 0, $2::text, $3::text, 'held'
  where $4::int8 is null or $4::int8 = 0 or exists (select from feedmill.shard where shard = $1)
  on conflict (shard) do update set
    epoch = s.epoch + 1, holder = excluded.holder, state = 'held'
  where s.cluster_id = excluded.cluster_id and ($4::int8 is null or s.epoch = $4::int8)
  returning s.epoch, s.position
)
select raised.epoch, raised.position,
  set_config('application_name',
    format('feedmill-shard-%s-epoch-%s', $1::int4, raised.epoch), false)
from raised`;

/** From here on with the patience of commits, not of a takeover. */
export const SET_LOCK_TIMEOUT = "select set_config('lock_timeout', $1, false)";

export const SELECT_SHARD = `
select s.epoch, s.position, s.cluster_id, s.holder from feedmill.shard s where s.shard = $1`;

/** Ends older sessions of a shard and waits for them, at most `$3` ms. */
export const END_SESSIONS = `
select feedmill.end_sessions($1::int4, $2::int8, $3::int4) as stuck`;

/**
 * The write that settles a commit of unknown outcome: it waits until an earlier transaction on the
 * row has ended, and once it is committed itself, everything it saw is durable too.
 */
export const SETTLE = `
update feedmill.shard s set settlements = s.settlements + 1
where s.shard = $1 and s.epoch = $2 returning s.position,
  set_config('application_name', format('feedmill-shard-%s-epoch-%s', s.shard, s.epoch), false)`;

export const RELEASE = `
update feedmill.shard s set state = 'released' where s.shard = $1 and s.epoch = $2`;

/** A server set to forget commits must not: the journal is trimmed on its word. */
export const REQUIRE_SYNCHRONOUS_COMMIT = `
select set_config('synchronous_commit', 'on', false)
where current_setting('synchronous_commit') = 'off'`;
