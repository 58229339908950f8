import Type from 'typebox';
import { LIMITS } from '../limits.ts';
import { CBBO } from '../query/cbbo.ts';
import { type PagedRows, readAs, readPage } from '../query/page.ts';
import { QUOTES } from '../query/quotes.ts';
import { SIGNALS } from '../query/signals.ts';
import { timeRange } from '../query/time-range.ts';
import { TRADES } from '../query/trades.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { instrumentsParameter, PAGE_PARAMETERS } from './parameters.ts';

interface EventsOptions {
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly paged: PagedRows;
}

/** Pages of what there is of some instruments: a kind of event, or what follows from events. */
const eventsEndpoint = ({ paged, ...rest }: EventsOptions): Endpoint =>
  endpoint({
    ...rest,
    method: 'GET',
    tag: 'market',
    scope: 'read',
    query: Type.Object({ instrument: instrumentsParameter, ...PAGE_PARAMETERS }),
    pathSchema: Type.Object({}),
    answer: { kind: 'rows', columns: paged.columns, isPaged: true },
    problems: [404],
    async handle({ query }, services) {
      const range = timeRange(query, LIMITS.eventRangeDaysMax);
      const filter = [await services.instruments.idsOf(query.instrument)];
      const { order, limit, cursor } = query;
      const { value, positions } = await readAs(services, query.consistency, 'history', (reader) =>
        readPage(reader, paged, { order, limit, cursor, range, filter }),
      );
      return { kind: 'rows', ...value, positions };
    },
  });

export const tradesEndpoint = eventsEndpoint({
  path: '/v1/trades',
  name: 'listTrades',
  summary: 'Trades of some instruments',
  paged: TRADES,
});

export const quotesEndpoint = eventsEndpoint({
  path: '/v1/quotes',
  name: 'listQuotes',
  summary: 'Best bids and asks of some instruments',
  paged: QUOTES,
});

export const cbboEndpoint = eventsEndpoint({
  path: '/v1/cbbo',
  name: 'listConsolidatedQuotes',
  summary: 'Best bids and offers over the venues of some instruments',
  description: 'A row for each change, in the order in which they were received.',
  paged: CBBO,
});

export const signalsEndpoint = eventsEndpoint({
  path: '/v1/signals',
  name: 'listSignals',
  summary: 'What rules have found about some instruments',
  paged: SIGNALS,
});
