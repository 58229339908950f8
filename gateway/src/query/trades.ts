import { EVENT_HEAD, EVENT_KEY_PARTS, EVENT_TAIL, eventPageText } from './event-columns.ts';
import { pagedRows } from './page.ts';

export const TRADES = pagedRows(
  'trade',
  [
    ...EVENT_HEAD,
    { name: 'price', kind: 'decimal', sql: 'e.price', description: 'Exact.' },
    { name: 'size', kind: 'decimal', sql: 'e.size', description: 'Exact.' },
    {
      name: 'aggressor_side',
      kind: 'word',
      words: ['', 'BUY', 'SELL', 'NO_AGGRESSOR'],
      sql: 'e.aggressor_side',
      description: "The taker's side.",
    },
    { name: 'trade_id', kind: 'text', sql: 'e.trade_id', description: "The venue's own." },
    {
      name: 'conditions',
      kind: 'texts',
      isNullable: true,
      sql: 'e.conditions',
      description: 'Sale conditions, as the venue writes them.',
    },
    {
      name: 'update_flags',
      kind: 'int32',
      sql: 'e.update_flags',
      description: 'What the print updates: 1 last price, 2 high and low, 4 volume.',
    },
    {
      name: 'trf',
      kind: 'text',
      isNullable: true,
      sql: 'e.trf',
      description: 'Reporting facility of a print off the exchange.',
    },
    ...EVENT_TAIL,
  ],
  EVENT_KEY_PARTS,
  eventPageText('trade'),
);
