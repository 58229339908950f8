-- Reference data: instruments, names of entities, currency rates. Each load is a version, which a
-- worker writes into its journal before it uses it; rows say what they mean by it.

create table feedmill.reference (
  version int8 not null,
  ts_loaded int8 not null,
  kind text not null,
  source text not null,
  content bytea not null,
  primary key (kind, version)
);

comment on table feedmill.reference is 'Loaded with `feedmill load`; the newest of a kind holds.';
comment on column feedmill.reference.content is 'JSON, compressed with gzip.';

-- What a feed's symbol means, and when: said by the feed itself or by the reference data.
create table feedmill.symbol (
  instrument_id int8 not null,
  valid_from int8 not null,
  valid_to int8 not null,
  publisher_id int4 not null,
  venue text not null,
  raw_symbol text not null,
  primary key (venue, raw_symbol, publisher_id, valid_from)
);

comment on column feedmill.symbol.valid_from is '0: from ever; so for valid_to: for ever.';
comment on column feedmill.symbol.publisher_id is '0: whoever publishes it.';

alter table feedmill.instrument add column asset_pair_id int8;
alter table feedmill.instrument add column asset_pair text;

comment on column feedmill.instrument.asset_pair is
  'What its quotes are comparable by over venues: base, quote and class.';

create index instrument_asset_pair_key on feedmill.instrument (asset_pair_id);

alter table feedmill.bar add column reporting_rate int8;
alter table feedmill.bar add column rates_version int8;
alter table feedmill.bar add column reporting_notional numeric;
alter table feedmill.bar add column reporting_currency text;

comment on column feedmill.bar.reporting_rate is
  'What one unit of the quote currency was worth when the bar began.';
comment on column feedmill.bar.reporting_notional is
  'notional in the reporting currency; mantissa times 1e-18.';

-- What the processors of a shard know beside that of its producers, at the same position.
create table feedmill.shard_state (
  shard int4 primary key,
  position int8 not null,
  state bytea not null
);

alter table feedmill.shard_state alter column state set storage external;

-- A producer that leaves a shard takes a state along. It stands beside the one of the checkpoint,
-- which a worker that starts without its volume's checkpoint needs until there is a newer one.
alter table feedmill.producer_state add column handed_over bool not null default false;
alter table feedmill.producer_state drop constraint producer_state_pkey,
  add primary key (producer_id, shard, handed_over);

create or replace view feedmill.v_bar as
select
  feedmill.to_time(b.ts_event) as time,
  i.name as instrument,
  i.name || '-' || feedmill.bar_step_name(b.step_ms) || '-LAST-INTERNAL' as bar_type,
  feedmill.to_decimal(b.open) as open,
  feedmill.to_decimal(b.high) as high,
  feedmill.to_decimal(b.low) as low,
  feedmill.to_decimal(b.close) as close,
  trim_scale(b.volume * 0.000000001) as volume,
  trim_scale(b.notional * 0.000000000000000001) as notional,
  feedmill.to_decimal(b.vwap) as vwap,
  b.trade_count,
  trim_scale(b.buy_volume * 0.000000001) as buy_volume,
  trim_scale(b.sell_volume * 0.000000001) as sell_volume,
  feedmill.to_time(b.ts_event + b.step_ms * 1000000) as closes,
  b.revision,
  b.is_final,
  (array['OK', 'GAP', 'PARTIAL', 'STALE'])[b.quality] as quality,
  p.name as producer,
  b.instrument_id, b.step_ms, b.ts_event, b.producer_id,
  b.reporting_currency,
  feedmill.to_decimal(b.reporting_rate) as reporting_rate,
  trim_scale(b.reporting_notional * 0.000000000000000001) as reporting_notional,
  b.rates_version
from feedmill.bar b
left join feedmill.instrument i on i.instrument_id = b.instrument_id
left join feedmill.producer p on p.producer_id = b.producer_id;

create view feedmill.v_symbol as
select
  s.venue,
  s.raw_symbol,
  s.publisher_id,
  i.name as instrument,
  i.asset_pair,
  (array['EQUITY', 'SPOT', 'PERPETUAL', 'FUTURE', 'OPTION', 'FX', 'INDEX', 'SPREAD']
  )[i.instrument_class] as class,
  i.base,
  i.quote,
  feedmill.to_decimal(i.min_price_increment) as tick,
  feedmill.to_decimal(i.lot_size) as lot,
  feedmill.to_time(nullif(s.valid_from, 0)) as valid_from,
  feedmill.to_time(nullif(s.valid_to, 0)) as valid_to,
  s.instrument_id
from feedmill.symbol s
left join feedmill.instrument i on i.instrument_id = s.instrument_id;

create or replace view feedmill.v_news as
select
  feedmill.to_time(n.ts_event) as time,
  n.headline,
  (array['POSITIVE', 'NEUTRAL', 'NEGATIVE'])[n.sentiment_label] as sentiment,
  n.sentiment_score,
  n.source,
  n.url,
  n.language,
  n.revision,
  n.is_correction,
  n.entities,
  p.name as producer,
  n.ts_event, n.producer_id, n.producer_sequence,
  n.model_id,
  n.model_version
from feedmill.news n
left join feedmill.producer p on p.producer_id = n.producer_id;
