import { sleep } from '@feedmill/core/clock';
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { realBrowser } from './adapters/browser.ts';
import { ApiClient } from './api/api-client.ts';
import { OperationsClient } from './api/operations-client.ts';
import type { Access } from './api/shapes.ts';
import { LiveFeed } from './live/live-feed.ts';
import { OverviewStore } from './overview/overview-store.ts';
import { App } from './shell/app.tsx';
import { takeKey } from './shell/key-address.ts';
import { parseRoute, routeHash } from './shell/route.ts';
import type { Services } from './shell/services.ts';
import { ThemeSwitch } from './shell/theme.ts';

const TICK_MS = 1_000;

const browser = realBrowser();
const { clock, keep, random } = browser;

// The address that `feedmill up` prints brings the key behind the #, where no server sees it. It
// is taken out of the address at once, so that it is not copied along.
const { key, hash } = takeKey(browser.hash());
if (key !== undefined) {
  keep.write('key', key);
  browser.setHash(hash, 'replace');
}

const client = new ApiClient({
  fetch: browser.fetch,
  timeout: browser.timeout,
  wait: (ms) => sleep(clock, ms),
  key: () => keep.read('key'),
});
const live = new LiveFeed(client, clock, random, browser.nowMs);
const access = signal<Access | undefined>(undefined);
const route = signal(parseRoute(hash));
const lastInstrument = signal(keep.read('instrument'));
const nowMs = signal(browser.nowMs());

const tick = (): void => {
  nowMs.value = browser.nowMs();
  clock.schedule(TICK_MS, tick);
};
tick();
browser.onHash(() => {
  route.value = parseRoute(browser.hash());
});
browser.onOnline(() => live.tryNow());
effect(() => {
  const shown = route.value;
  if (shown.page !== 'instrument' || shown.instrument === undefined) return;
  lastInstrument.value = shown.instrument;
  keep.write('instrument', shown.instrument);
});

const readAccess = async (): Promise<void> => {
  access.value = await client.access().catch(() => undefined);
};
effect(() => {
  if (live.state.value.kind === 'open') void readAccess();
});

const services: Services = {
  browser,
  client,
  operations: new OperationsClient(client),
  live,
  overview: new OverviewStore(browser.nowMs),
  theme: new ThemeSwitch(keep),
  route,
  access,
  lastInstrument,
  nowMs,
  openDialog: signal('none'),
  go: (to) => browser.setHash(routeHash(to), 'push'),
  signIn(given) {
    keep.write('key', given);
    live.tryNow();
  },
  signOut() {
    keep.write('key', undefined);
    access.value = undefined;
    live.tryNow();
  },
};

const place = document.getElementById('app');
if (place !== null) render(<App services={services} />, place);
