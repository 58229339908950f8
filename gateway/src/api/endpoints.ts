import { accessEndpoint } from './access-endpoint.ts';
import { barsEndpoint } from './bars-endpoint.ts';
import { cbboEndpoint, latestCbboEndpoint } from './cbbo-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { quotesEndpoint, tradesEndpoint } from './event-endpoints.ts';
import { gapsEndpoint } from './gaps-endpoint.ts';
import {
  alertsEndpoint,
  feedsEndpoint,
  regionsEndpoint,
  shardsEndpoint,
} from './health-endpoints.ts';
import { instrumentEndpoint, instrumentsEndpoint } from './instrument-endpoints.ts';
import { latestQuotesEndpoint } from './latest-endpoints.ts';
import { newsEndpoint } from './news-endpoint.ts';
import { signalsEndpoint } from './signals-endpoint.ts';
import { summaryEndpoint } from './summary-endpoint.ts';

/** Everything that the API answers, in the order in which it is documented. */
export const ENDPOINTS: readonly Endpoint[] = [
  instrumentsEndpoint,
  instrumentEndpoint,
  latestQuotesEndpoint,
  quotesEndpoint,
  tradesEndpoint,
  latestCbboEndpoint,
  cbboEndpoint,
  barsEndpoint,
  summaryEndpoint,
  newsEndpoint,
  signalsEndpoint,
  gapsEndpoint,
  feedsEndpoint,
  shardsEndpoint,
  regionsEndpoint,
  alertsEndpoint,
  accessEndpoint,
];
