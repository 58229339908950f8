-- Tables that hold the events themselves, one row an event (book changes: one row a change).
--
-- All of them begin with the same columns. Times are nanoseconds since the Unix epoch, prices and
-- sizes mantissas times 1e-9, as the feed sent them: nothing is rounded. instrument_id and
-- producer_id are the first 63 bits of the SHA-256 of the canonical name, so that every region and
-- every replay computes the same; instrument_id 0 means the feed as a whole.
--
-- Wide columns stand before narrow ones, so that no padding is stored. The key serves the
-- questions "the last trades of an instrument" and "the latest quote", and refuses a row that
-- comes twice; there is no second index, because each one costs a fifth of the insert rate.

create table feedmill.trade (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  price int8 not null,
  size int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  ts_event_source int2 not null,
  aggressor_side int2 not null,
  update_flags int2 not null,
  trade_id text not null,
  conditions text[],
  trf text,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
) partition by range (ts_event);

comment on column feedmill.trade.update_flags is
  'What the print updates: 1 last price, 2 high and low, 4 volume.';

create table feedmill.quote (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  bid_px int8 not null,
  bid_sz int8 not null,
  ask_px int8 not null,
  ask_sz int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  bid_ct int4 not null,
  ask_ct int4 not null,
  ts_event_source int2 not null,
  is_indicative bool not null,
  quote_condition text,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
) partition by range (ts_event);

-- One row a change; a snapshot is stored as CLEAR and the ADD of each level. change_index counts
-- the changes of one event from 0.
create table feedmill.book_delta (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  price int8 not null,
  size int8 not null,
  order_id int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  change_index int4 not null,
  depth int4 not null,
  ts_event_source int2 not null,
  action int2 not null,
  side int2 not null,
  checksum int8,
  primary key (instrument_id, ts_event, producer_id, producer_sequence, change_index)
) partition by range (ts_event);

create table feedmill.consolidated_quote (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  bid_px int8 not null,
  bid_sz int8 not null,
  ask_px int8 not null,
  ask_sz int8 not null,
  oldest_ts_recv int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  bid_pb int4 not null,
  ask_pb int4 not null,
  venues_live int4 not null,
  venues_stale int4 not null,
  ts_event_source int2 not null,
  state int2 not null,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
) partition by range (ts_event);

create table feedmill.order_event (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  price int8 not null,
  size int8 not null,
  leaves_size int8 not null,
  last_price int8 not null,
  last_size int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  ts_event_source int2 not null,
  action int2 not null,
  side int2 not null,
  order_type int2 not null,
  time_in_force int2 not null,
  order_id text not null,
  client_order_id text,
  account text,
  trade_id text,
  reason text,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
) partition by range (ts_event);

-- Bars that a venue or vendor computed. Ours are in feedmill.bar.
create table feedmill.vendor_bar (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  open int8 not null,
  high int8 not null,
  low int8 not null,
  close int8 not null,
  volume int8 not null,
  vwap int8 not null,
  trade_count int8 not null,
  buy_volume int8 not null,
  sell_volume int8 not null,
  ts_open int8 not null,
  ts_close int8 not null,
  first_sequence int8 not null,
  last_sequence int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  revision int4 not null,
  ts_event_source int2 not null,
  quality int2 not null,
  is_final bool not null,
  bar_type text not null,
  notional text,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
);

comment on column feedmill.vendor_bar.notional is 'Decimal text, as the vendor sent it.';

create table feedmill.news (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  revision int4 not null,
  sentiment_score float4 not null,
  ts_event_source int2 not null,
  sentiment_label int2 not null,
  is_correction bool not null,
  news_id text not null,
  source text,
  headline text not null,
  body_ref text,
  url text,
  language text,
  model_id text,
  model_version text,
  content_hash bytea,
  entities jsonb not null,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
);

comment on column feedmill.news.entities is
  'Array of {text, instrument_id (decimal text), match_kind, confidence, sentiment_label, '
  'sentiment_score}: one headline may be good for one and bad for another.';

-- "What was said about this instrument": entities @> '[{"instrument_id": "…"}]'.
create index news_entities_key on feedmill.news using gin (entities jsonb_path_ops);

create table feedmill.status (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  ts_event_source int2 not null,
  action int2 not null,
  is_trading bool not null,
  is_quoting bool not null,
  reason text,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
);

-- What the feed said about instruments, as it said it. The current view is feedmill.instrument.
create table feedmill.definition (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  min_price_increment int8 not null,
  lot_size int8 not null,
  multiplier int8 not null,
  expiration int8 not null,
  strike_price int8 not null,
  valid_from int8 not null,
  valid_to int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  ts_event_source int2 not null,
  instrument_class int2 not null,
  allows_negative_price bool not null,
  instrument text not null,
  base text,
  quote text,
  isin text,
  figi text,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
);

create table feedmill.correction (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  original_ts_event int8 not null,
  price int8 not null,
  size int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  ts_event_source int2 not null,
  kind int2 not null,
  corrects_trade_id text not null,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
);

-- Gaps that the producer itself reported, as events. Together with those that the worker found
-- they are in feedmill.gap.
create table feedmill.gap_report (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  first_missing int8 not null,
  last_missing int8 not null,
  ts_detected int8 not null,
  ts_repaired int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  ts_event_source int2 not null,
  cause int2 not null,
  repaired_by int2 not null,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
);

create table feedmill.feed_status (
  instrument_id int8 not null,
  ts_event int8 not null,
  producer_id int8 not null,
  producer_sequence int8 not null,
  ts_recv int8 not null,
  ts_init int8 not null,
  sequence int8 not null,
  receive_age_ns int8 not null,
  venue_age_ns int8 not null,
  publisher_id int4 not null,
  channel_id int4 not null,
  epoch int4 not null,
  flags int4 not null,
  ts_event_source int2 not null,
  state int2 not null,
  reason text,
  primary key (instrument_id, ts_event, producer_id, producer_sequence)
);

-- Events that could not be stored, each with its reason, in place of its row.
create table feedmill.dead_letter (
  producer_id int8 not null,
  producer_sequence int8 not null,
  instrument_id int8 not null,
  ts_init int8 not null,
  position int8 not null,
  shard int4 not null,
  reason text not null,
  message text not null,
  raw bytea,
  primary key (producer_id, producer_sequence)
);

comment on column feedmill.dead_letter.raw is
  'The event as it came (protobuf feedmill.v1.Event), cut at a limit; for a row that Postgres '
  'itself refused, the row in binary COPY format.';
