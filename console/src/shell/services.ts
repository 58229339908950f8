import type { Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Browser } from '../adapters/browser.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { OperationsClient } from '../api/operations-client.ts';
import type { Access } from '../api/shapes.ts';
import type { LiveFeed } from '../live/live-feed.ts';
import type { OverviewStore } from '../overview/overview-store.ts';
import type { Route } from './route.ts';
import type { ThemeSwitch } from './theme.ts';

/** What every part of the page may use. */
export interface Services {
  readonly browser: Browser;
  readonly client: ApiClient;
  readonly operations: OperationsClient;
  readonly live: LiveFeed;
  readonly overview: OverviewStore;
  readonly theme: ThemeSwitch;
  readonly route: Signal<Route>;
  /** undefined until the gateway has said whose key this is. */
  readonly access: Signal<Access | undefined>;
  /** The instrument that was looked at last. */
  readonly lastInstrument: Signal<string | undefined>;
  /** Wall clock that ticks once a second, for ages. */
  readonly nowMs: Signal<number>;
  readonly openDialog: Signal<'none' | 'search' | 'shortcuts'>;
  readonly go: (route: Route) => void;
  readonly signIn: (key: string) => void;
  readonly signOut: () => void;
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('Outside of the page');
  return services;
}
