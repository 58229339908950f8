-- What rules have found about instruments. The order is that of the shard's journal, as for cbbo.
create table feedmill.signal (
  instrument_id int8 not null,
  ts_init int8 not null,
  position int8 not null,
  row_index int4 not null,
  shard int4 not null,
  producer_id int8 not null,
  ts_event int8 not null,
  value float8 not null,
  base float8 not null,
  threshold float8 not null,
  window_ms int8 not null,
  kind int2 not null,
  is_alert bool not null,
  rule text not null,
  primary key (instrument_id, ts_init, shard, position, row_index)
) partition by range (ts_init);

comment on column feedmill.signal.ts_event is
  'Of the trade or the news; of a measure the end of the step.';
comment on column feedmill.signal.value is
  'Return, volatility and move as a share of the price; spike in medians; trade in money.';
comment on column feedmill.signal.base is
  'What the value is relative to: a price or a volume times 1e-9; 0 where there is none.';
comment on column feedmill.signal.position is 'Journal entry that has made it.';

-- Signals that somebody shall be told of, and whether that was done.
create table feedmill.alert (
  alert_id text primary key,
  instrument_id int8 not null,
  ts_init int8 not null,
  position int8 not null,
  row_index int4 not null,
  shard int4 not null,
  producer_id int8 not null,
  ts_event int8 not null,
  value float8 not null,
  base float8 not null,
  threshold float8 not null,
  window_ms int8 not null,
  kind int2 not null,
  state int2 not null,
  rule text not null,
  attempts int4 not null,
  ts_settled int8 not null,
  last_error text
);

comment on column feedmill.alert.alert_id is
  'The same in every region and at every repetition: receivers know by it what they have had.';
comment on column feedmill.alert.state is '1 pending, 2 delivered, 3 dead, 4 kept: there was no webhook.';
comment on column feedmill.alert.attempts is 'Of the delivery that settled it.';
comment on column feedmill.alert.ts_settled is 'When it was delivered or given up; 0 before.';

create index alert_pending on feedmill.alert (shard, ts_init) where state = 1;
create index alert_newest on feedmill.alert (ts_init);

create view feedmill.v_signal as
select
  feedmill.to_time(s.ts_event) as time,
  i.name as instrument,
  s.rule,
  (array['RETURN', 'VOLATILITY', 'VOLUME_SPIKE', 'LARGE_TRADE', 'PRICE_MOVE', 'NEWS_SHOCK'])[s.kind]
    as kind,
  s.value,
  s.base,
  s.threshold,
  s.window_ms,
  s.is_alert,
  p.name as producer,
  feedmill.to_time(s.ts_init) as stored,
  s.instrument_id, s.ts_event, s.ts_init, s.shard, s.position, s.row_index
from feedmill.signal s
left join feedmill.instrument i on i.instrument_id = s.instrument_id
left join feedmill.producer p on p.producer_id = s.producer_id;

create view feedmill.v_alert as
select
  feedmill.to_time(a.ts_event) as time,
  i.name as instrument,
  a.rule,
  (array['RETURN', 'VOLATILITY', 'VOLUME_SPIKE', 'LARGE_TRADE', 'PRICE_MOVE', 'NEWS_SHOCK'])[a.kind]
    as kind,
  a.value,
  a.base,
  a.threshold,
  a.window_ms,
  (array['PENDING', 'DELIVERED', 'DEAD', 'KEPT'])[a.state] as state,
  a.attempts,
  feedmill.to_time(nullif(a.ts_settled, 0)) as settled,
  a.last_error,
  p.name as producer,
  feedmill.to_time(a.ts_init) as stored,
  a.alert_id, a.instrument_id, a.ts_event, a.ts_init, a.shard, a.position, a.row_index
from feedmill.alert a
left join feedmill.instrument i on i.instrument_id = a.instrument_id
left join feedmill.producer p on p.producer_id = a.producer_id;
