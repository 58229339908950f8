-- What the worker derives from events: bars, gaps, instruments.

-- Right-open windows [ts_event, ts_event + step) over one producer's trades. Sums have no upper
-- bound that 64 bits would hold: a mantissa of 1e-9 uses up thirty of them.
create table feedmill.bar (
  instrument_id int8 not null,
  step_ms int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  open int8 not null,
  high int8 not null,
  low int8 not null,
  close int8 not null,
  vwap int8 not null,
  trade_count int8 not null,
  first_sequence int8 not null,
  last_sequence int8 not null,
  ts_init int8 not null,
  revision int4 not null,
  quality int2 not null,
  is_final bool not null,
  volume numeric not null,
  buy_volume numeric not null,
  sell_volume numeric not null,
  notional numeric not null,
  primary key (instrument_id, step_ms, ts_event, producer_id)
) partition by range (ts_event);

comment on column feedmill.bar.volume is 'Mantissa times 1e-9, like a trade''s size.';
comment on column feedmill.bar.notional is 'Sum of price times size; mantissa times 1e-18.';
comment on column feedmill.bar.first_sequence is 'producer_sequence of the first trade in it.';

-- Ranges of a feed's own sequence that are missing. The key is the sequence domain and where the
-- range begins; repairs update the row.
create table feedmill.gap (
  producer_id int8 not null,
  instrument_id int8 not null,
  first_missing int8 not null,
  last_missing int8 not null,
  missing_count int8 not null,
  repaired_count int8 not null,
  ts_detected int8 not null,
  ts_repaired int8,
  producer_sequence int8 not null,
  channel_id int4 not null,
  epoch int4 not null,
  cause int2 not null,
  repaired_by int2 not null,
  is_reported bool not null,
  session_id text not null,
  primary key (producer_id, instrument_id, channel_id, epoch, session_id, first_missing)
);

comment on column feedmill.gap.producer_sequence is 'The event that showed the gap.';
comment on column feedmill.gap.is_reported is 'Reported by the producer, not found by the worker.';

-- The current view of each instrument; history is in feedmill.definition.
create table feedmill.instrument (
  instrument_id int8 primary key,
  min_price_increment int8 not null,
  lot_size int8 not null,
  multiplier int8 not null,
  expiration int8 not null,
  strike_price int8 not null,
  valid_from int8 not null,
  valid_to int8 not null,
  publisher_id int4 not null,
  instrument_class int2 not null,
  allows_negative_price bool not null,
  name text not null unique,
  venue text not null,
  raw_symbol text not null,
  base text,
  quote text,
  isin text,
  figi text
);

comment on column feedmill.instrument.name is 'Canonical SYMBOL.VENUE.';

create index instrument_symbol_key on feedmill.instrument (venue, raw_symbol);
