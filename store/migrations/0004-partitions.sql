-- Makes the partition of a table for a stretch of time, or says where such rows go instead.
--
-- A table is made and then attached, rather than made as a partition: attaching does not wait for
-- those who read or write other partitions. Callers do it one after the other (advisory lock), and
-- a table that has p_partitions_max partitions gets a default one for everything further. There is
-- none before that: with a default partition Postgres can no longer read partitions in the order
-- of time, and "the last trades" would look into all of them.
create function feedmill.ensure_partition(
  p_table text, p_period text, p_from int8, p_to int8, p_partitions_max int4
) returns text language plpgsql as $$
declare
  partition_name text := p_table || '_' || p_period;
  default_name text := p_table || '_default';
  parent regclass := ('feedmill.' || quote_ident(p_table))::regclass;
  found_name text;
begin
  -- Looked up in pg_class, not by to_regclass: that one may remember, across the wait for the
  -- lock, that there was no such table.
  select c.relname into found_name from pg_class c
  where c.relnamespace = 'feedmill'::regnamespace and c.relname = partition_name;
  if found then
    return found_name;
  end if;
  perform pg_advisory_xact_lock(parent::oid::int8);
  select c.relname into found_name from pg_class c
  where c.relnamespace = 'feedmill'::regnamespace and c.relname in (partition_name, default_name)
  order by c.relname = partition_name desc limit 1;
  if found then
    return found_name;
  end if;
  if (select count(*) from pg_inherits i where i.inhparent = parent) >= p_partitions_max then
    execute format('create table feedmill.%I (like feedmill.%I including all)',
      default_name, p_table);
    execute format('alter table feedmill.%I attach partition feedmill.%I default',
      p_table, default_name);
    return default_name;
  end if;
  execute format('create table feedmill.%I (like feedmill.%I including all)',
    partition_name, p_table);
  execute format('alter table feedmill.%I attach partition feedmill.%I for values from (%s) to (%s)',
    p_table, partition_name, p_from, coalesce(p_to::text, 'maxvalue'));
  return partition_name;
end $$;
