import { NEWS_COLUMNS, ORDER_EVENT_COLUMNS, VENDOR_BAR_COLUMNS } from './document-rows.ts';
import {
  CONSOLIDATED_QUOTE_COLUMNS,
  CORRECTION_COLUMNS,
  DEFINITION_COLUMNS,
  FEED_STATUS_COLUMNS,
  GAP_REPORT_COLUMNS,
  STATUS_COLUMNS,
} from './feed-rows.ts';
import { BOOK_DELTA_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS } from './market-rows.ts';

/** Columns of every table of events, in the order in which the row writers write them. */
export const EVENT_TABLE_COLUMNS = {
  trade: TRADE_COLUMNS,
  quote: QUOTE_COLUMNS,
  book_delta: BOOK_DELTA_COLUMNS,
  consolidated_quote: CONSOLIDATED_QUOTE_COLUMNS,
  order_event: ORDER_EVENT_COLUMNS,
  vendor_bar: VENDOR_BAR_COLUMNS,
  news: NEWS_COLUMNS,
  status: STATUS_COLUMNS,
  definition: DEFINITION_COLUMNS,
  correction: CORRECTION_COLUMNS,
  gap_report: GAP_REPORT_COLUMNS,
  feed_status: FEED_STATUS_COLUMNS,
} as const;

/** A table that holds one row an event (book_delta: one a change). */
export type EventTable = keyof typeof EVENT_TABLE_COLUMNS;

export const EVENT_TABLES = Object.keys(EVENT_TABLE_COLUMNS) as readonly EventTable[];

/** Tables of events that grow with the market, partitioned by the day of ts_event. */
export type DailyTable = 'trade' | 'quote' | 'book_delta' | 'consolidated_quote' | 'order_event';

export type PlainTable = Exclude<EventTable, DailyTable>;

const DAILY_TABLES: ReadonlySet<string> = new Set<DailyTable>([
  'trade',
  'quote',
  'book_delta',
  'consolidated_quote',
  'order_event',
]);

export const isDailyTable = (table: EventTable): table is DailyTable => DAILY_TABLES.has(table);

/** @param target the table itself or, a tenth faster, the partition that takes all the rows */
export function copyStatement(table: EventTable, target: string): string {
  const columns = EVENT_TABLE_COLUMNS[table].join(', ');
  return `copy feedmill.${target} (${columns}) from stdin (format binary)`;
}
