import type { Column } from '../format/column.ts';
import { EVENT_HEAD, EVENT_TAIL } from '../query/event-columns.ts';

/** What a message of the topic `status` says. */
export const STATUSES: readonly Column[] = [
  ...EVENT_HEAD,
  {
    name: 'action',
    kind: 'word',
    words: ['', 'PRE_OPEN', 'TRADING', 'HALT', 'PAUSE', 'CLOSE', 'SHORT_SELL_RESTRICTION'],
    description: 'What has changed.',
  },
  { name: 'reason', kind: 'text', isNullable: true, description: 'As the venue writes it.' },
  { name: 'is_trading', kind: 'bool', description: 'Whether it is traded now.' },
  { name: 'is_quoting', kind: 'bool', description: 'Whether it is quoted now.' },
  ...EVENT_TAIL,
];
