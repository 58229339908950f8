import type { Query } from './database.ts';
import { pagedRows, type SqlColumn } from './page.ts';

const GAP_COLUMNS: readonly SqlColumn[] = [
  { name: 'feed', kind: 'text', sql: 'p.name', description: 'The feed that it is missing in.' },
  {
    name: 'instrument',
    kind: 'text',
    isNullable: true,
    sql: 'i.name',
    description: 'Null where the sequence counts more than one instrument.',
  },
  {
    name: 'first_missing',
    kind: 'uint64',
    sql: 'g.first_missing',
    description: "First number that is missing, of the venue's sequence.",
  },
  { name: 'last_missing', kind: 'uint64', sql: 'g.last_missing', description: 'Last one.' },
  { name: 'missing_count', kind: 'int64', sql: 'g.missing_count', description: 'How many.' },
  {
    name: 'repaired_count',
    kind: 'int64',
    sql: 'g.repaired_count',
    description: 'How many of these came later.',
  },
  {
    name: 'cause',
    kind: 'word',
    words: ['', 'NETWORK', 'RESTART', 'OVERFLOW', 'UNKNOWN'],
    sql: 'g.cause',
    description: 'Why, as far as it is known.',
  },
  {
    name: 'repaired_by',
    kind: 'word',
    words: ['', 'SNAPSHOT', 'RETRANSMIT', 'REST', 'NONE'],
    sql: 'g.repaired_by',
    description: 'What filled it.',
  },
  {
    name: 'is_reported',
    kind: 'bool',
    sql: 'g.is_reported',
    description: 'Reported by the feed, not found here.',
  },
  { name: 'ts_detected', kind: 'time', sql: 'g.ts_detected', description: 'When it showed.' },
  {
    name: 'ts_repaired',
    kind: 'time',
    isNullable: true,
    sql: 'nullif(g.ts_repaired, 0)',
    description: 'When it was filled.',
  },
  { name: 'channel_id', kind: 'int32', sql: 'g.channel_id', description: 'Of the sequence.' },
  { name: 'session_id', kind: 'text', sql: 'g.session_id', description: 'Of the sequence.' },
  { name: 'epoch', kind: 'int32', sql: 'g.epoch', description: 'How often it began anew.' },
];

const names = `
left join feedmill.instrument i on i.instrument_id = g.instrument_id
left join feedmill.producer p on p.producer_id = g.producer_id`;

const KEY =
  'g.ts_detected, g.producer_id, g.instrument_id, g.channel_id, g.epoch, g.session_hash, ' +
  'g.first_missing';
const KEY_PARTS = 7;

/** The filter is the instruments and the feed, null for all. */
export const GAPS = pagedRows('gap', GAP_COLUMNS, KEY_PARTS, (columns, order, behind) => {
  const sorted = KEY.split(', ')
    .map((part) => `${part} ${order}`)
    .join(', ');
  return `
select ${columns}, ${KEY}
from (
  select g.*, 
    -- Parts of a key are whole numbers.
    hashtextextended(g.session_id, 0) as session_hash
  from feedmill.gap g
  where ($1::int8[] is null or g.instrument_id = any ($1::int8[]))
    and ($2::int8 is null or g.producer_id = $2)
    and g.ts_detected >= $3 and g.ts_detected < $4
) g
${names}
where (${KEY}) ${behind}
  ($5::int8, $6::int8, $7::int8, $8::int8, $9::int8, $10::int8, $11::int8)
order by ${sorted}
limit $12`;
});

/** The newest of each feed that has one. */
export const SELECT_LAST_GAPS: Query = {
  name: 'last_gaps',
  text: `
select ${GAP_COLUMNS.map(({ sql }) => sql).join(', ')}
from feedmill.producer f
cross join lateral (
  select * from feedmill.gap g where g.producer_id = f.producer_id
  order by g.ts_detected desc limit 1
) g
${names}`,
};

export const LAST_GAP_COLUMNS = GAP_COLUMNS;
