import type { RawRow } from '../format/column.ts';
import type { Query, Reader } from './database.ts';
import { pagedRows } from './page.ts';

const KINDS = [
  '',
  'RETURN',
  'VOLATILITY',
  'VOLUME_SPIKE',
  'LARGE_TRADE',
  'PRICE_MOVE',
  'NEWS_SHOCK',
];

const KEY = 's.ts_init, s.instrument_id, s.shard, s.position, s.row_index';
const KEY_PARTS = 5;

/** What rules have found; the filter is the instruments. */
export const SIGNALS = pagedRows(
  'signal',
  [
    { name: 'instrument', kind: 'text', sql: 'i.name', description: 'SYMBOL.VENUE.' },
    {
      name: 'ts_init',
      kind: 'time',
      sql: 's.ts_init',
      description: 'When Feedmill received what shows it. Ranges are ranges of this.',
    },
    {
      name: 'ts_event',
      kind: 'time',
      sql: 's.ts_event',
      description: 'Of the trade or the news; of a measure the end of the step.',
    },
    { name: 'rule', kind: 'text', sql: 's.rule', description: 'Name of the rule.' },
    { name: 'kind', kind: 'word', words: KINDS, sql: 's.kind', description: 'What it measures.' },
    {
      name: 'value',
      kind: 'float',
      sql: 's.value',
      description: 'Return, volatility and move as a share of the price; spike in medians.',
    },
    {
      name: 'base',
      kind: 'float',
      sql: 's.base',
      description: 'What the value is relative to: a price or volume times 1e-9; 0 for none.',
    },
    { name: 'threshold', kind: 'float', sql: 's.threshold', description: 'Of the rule.' },
    { name: 'window_ms', kind: 'int64', sql: 's.window_ms', description: 'Of the rule.' },
    {
      name: 'is_alert',
      kind: 'bool',
      sql: 's.is_alert',
      description: 'Whether somebody shall be told of it.',
    },
    { name: 'producer', kind: 'text', sql: 'p.name', description: 'The feed that shows it.' },
  ],
  KEY_PARTS,
  (columns, order, behind) => {
    const sorted = KEY.split(', ')
      .map((part) => `${part} ${order}`)
      .join(', ');
    return `
select ${columns}, ${KEY}
from (
  select s.* from unnest($1::int8[]) u (instrument_id), lateral (
    select * from feedmill.signal s
    where s.instrument_id = u.instrument_id and s.ts_init >= $2 and s.ts_init < $3
      and (${KEY}) ${behind} ($4::int8, $5::int8, $6::int8, $7::int8, $8::int8)
    order by ${sorted}
    limit $9
  ) s
  order by ${sorted}
  limit $9
) s
left join feedmill.instrument i on i.instrument_id = s.instrument_id
left join feedmill.producer p on p.producer_id = s.producer_id
order by ${sorted}`;
  },
);

const SELECT_RECENT_ALERTS: Query = {
  name: 'recent_alerts',
  text: `
select a.alert_id, i.name, a.rule, a.kind, a.value, a.threshold, a.ts_init
from feedmill.alert a
left join feedmill.instrument i on i.instrument_id = a.instrument_id
where a.ts_init >= $1
order by a.ts_init desc
limit $2`,
};

/** A signal that somebody shall be told of. */
export interface RecentAlert {
  readonly id: string;
  readonly instrument: string;
  readonly rule: string;
  readonly kind: string;
  readonly value: number;
  readonly threshold: number;
  /** ns since 1970. */
  readonly tsInit: string;
}

/** The newest since a time in ns. */
export async function selectRecentAlerts(
  reader: Reader,
  since: bigint,
  limit: number,
): Promise<RecentAlert[]> {
  return (await reader.rows(SELECT_RECENT_ALERTS, [String(since), limit])).map(alertOf);
}

const alertOf = ([id, instrument, rule, kind, value, threshold, tsInit]: RawRow): RecentAlert => ({
  id: String(id),
  instrument: typeof instrument === 'string' ? instrument : '',
  rule: String(rule),
  kind: KINDS[Number(kind)] ?? '',
  value: Number(value),
  threshold: Number(threshold),
  tsInit: String(tsInit),
});
