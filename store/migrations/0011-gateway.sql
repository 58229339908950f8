-- What the gateway asks, and who may ask it.

-- Keys of programs and people. Of a key only the scrypt hash is kept.
create table feedmill.api_key (
  key_id text primary key,
  name text not null,
  salt bytea not null,
  hash bytea not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  requests_per_second int4 not null,
  burst int4 not null
);

comment on table feedmill.api_key is 'Keys of the gateway''s API; revoked ones stay.';

-- "The newest news", "the newest gaps", and "the last gap of each feed".
create index news_time_key on feedmill.news (ts_event, producer_id, producer_sequence);
create index gap_time_key on feedmill.gap (ts_detected);
create index gap_producer_time_key on feedmill.gap (producer_id, ts_detected);

-- Start of the interval of this length that a time lies in.
create function feedmill.interval_start(p_nanos int8, p_step_ms int8) returns int8
language sql immutable strict parallel safe
return p_nanos - mod(mod(p_nanos, p_step_ms * 1000000) + p_step_ms * 1000000, p_step_ms * 1000000);

-- As the worker rounds a bar's vwap: exact halves to the even neighbour.
create function feedmill.divide_half_even(p_dividend numeric, p_divisor numeric) returns int8
language sql immutable strict parallel safe
return (
  div(p_dividend, p_divisor) + case
    when abs(2 * mod(p_dividend, p_divisor)) > abs(p_divisor)
      or (abs(2 * mod(p_dividend, p_divisor)) = abs(p_divisor)
        and mod(div(p_dividend, p_divisor), 2) <> 0)
    then sign(p_dividend) * sign(p_divisor)
    else 0
  end)::int8;

-- Questions run as this role, which can read the tables and nothing else: no keys, no writing. It
-- belongs to the server, not to the database, so that it may be there already; and where the
-- migrating user may not make roles, somebody who may has to (docs/operating.md).
do $$
begin
  create role feedmill_reader nologin;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise notice 'the role feedmill_reader cannot be made by %', current_user;
end $$;

do $$
begin
  if not exists (select from pg_roles where rolname = 'feedmill_reader') then
    return;
  end if;
  begin
    execute format('grant feedmill_reader to %I', current_user);
  exception
    when insufficient_privilege then
      raise notice 'the role feedmill_reader cannot be granted by %', current_user;
  end;
  grant usage on schema feedmill to feedmill_reader;
  grant select on all tables in schema feedmill to feedmill_reader;
  alter default privileges in schema feedmill grant select on tables to feedmill_reader;
  revoke select on feedmill.api_key, feedmill.producer_state, feedmill.shard_state
    from feedmill_reader;
end $$;
