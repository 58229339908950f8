import { accessEndpoint } from './access-endpoint.ts';
import { barsEndpoint } from './bars-endpoint.ts';
import { drillsEndpoint } from './drills-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import {
  cbboEndpoint,
  quotesEndpoint,
  signalsEndpoint,
  tradesEndpoint,
} from './event-endpoints.ts';
import { gapsEndpoint } from './gaps-endpoint.ts';
import {
  alertsEndpoint,
  feedsEndpoint,
  regionsEndpoint,
  shardsEndpoint,
} from './health-endpoints.ts';
import { instrumentEndpoint, instrumentsEndpoint } from './instrument-endpoints.ts';
import { latestCbboEndpoint } from './latest-cbbo-endpoint.ts';
import { latestQuotesEndpoint } from './latest-endpoints.ts';
import { liveEndpoint } from './live-endpoint.ts';
import { newsEndpoint } from './news-endpoint.ts';
import {
  changeReplayEndpoint,
  replayEndpoint,
  replaysEndpoint,
  startReplayEndpoint,
  stopReplayEndpoint,
} from './replay-endpoints.ts';
import {
  paceSimulationEndpoint,
  simulationsEndpoint,
  startSimulationEndpoint,
  stopSimulationEndpoint,
} from './simulation-endpoints.ts';
import { summaryEndpoint } from './summary-endpoint.ts';
import {
  startSwitchoverEndpoint,
  switchoverEndpoint,
  switchoversEndpoint,
} from './switchover-endpoints.ts';

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
  startSwitchoverEndpoint,
  switchoversEndpoint,
  switchoverEndpoint,
  alertsEndpoint,
  drillsEndpoint,
  liveEndpoint,
  startReplayEndpoint,
  replaysEndpoint,
  replayEndpoint,
  changeReplayEndpoint,
  stopReplayEndpoint,
  simulationsEndpoint,
  startSimulationEndpoint,
  paceSimulationEndpoint,
  stopSimulationEndpoint,
  accessEndpoint,
];
