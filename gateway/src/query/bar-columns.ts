import type { SqlColumn } from './page.ts';

export const BAR_COLUMNS: readonly SqlColumn[] = [
  { name: 'instrument', kind: 'text', sql: 'i.name', description: 'SYMBOL.VENUE.' },
  { name: 'ts_event', kind: 'time', sql: 'b.ts_event', description: 'Start of the interval.' },
  {
    name: 'ts_close',
    kind: 'time',
    sql: 'b.ts_event + b.step_ms * 1000000',
    description: 'First time behind the interval.',
  },
  { name: 'step_ms', kind: 'int64', sql: 'b.step_ms', description: 'Length of the interval.' },
  {
    name: 'open',
    kind: 'decimal',
    sql: 'b.open',
    description: 'Null where no trade in it updates the last price.',
  },
  {
    name: 'high',
    kind: 'decimal',
    sql: 'b.high',
    description: 'Null where no trade in it updates high and low.',
  },
  { name: 'low', kind: 'decimal', sql: 'b.low', description: 'As high.' },
  { name: 'close', kind: 'decimal', sql: 'b.close', description: 'As open.' },
  {
    name: 'volume',
    kind: 'sum',
    sql: 'b.volume',
    description: 'Sum of the sizes that update the volume.',
  },
  {
    name: 'buy_volume',
    kind: 'sum',
    sql: 'b.buy_volume',
    description: 'By the side of the taker.',
  },
  { name: 'sell_volume', kind: 'sum', sql: 'b.sell_volume', description: 'As buy_volume.' },
  {
    name: 'notional',
    kind: 'notional',
    sql: 'b.notional',
    description: 'Sum of price times size.',
  },
  {
    name: 'vwap',
    kind: 'decimal',
    sql: 'b.vwap',
    description: 'notional by volume, rounded half to even; null without volume.',
  },
  {
    name: 'trade_count',
    kind: 'int64',
    sql: 'b.trade_count',
    description: 'Trades that update the volume.',
  },
  {
    name: 'revision',
    kind: 'int32',
    sql: 'b.revision',
    description: '0 as first written, one more with every change; the sum over what it is made of.',
  },
  {
    name: 'is_final',
    kind: 'bool',
    sql: 'b.is_final',
    description: 'Whether no late trade changes it any more.',
  },
  {
    name: 'quality',
    kind: 'word',
    words: ['', 'OK', 'GAP', 'PARTIAL', 'STALE'],
    sql: 'b.quality',
    description: 'What is known to be missing in it.',
  },
  {
    name: 'producer',
    kind: 'text',
    sql: 'p.name',
    description: 'The feed whose trades it sums up.',
  },
  {
    name: 'ts_init',
    kind: 'time',
    sql: 'b.ts_init',
    description: 'When the newest of what it says was received.',
  },
];

/** ts_event, instrument, producer. */
export const BAR_KEY_PARTS = 3;
