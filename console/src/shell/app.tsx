import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { InstrumentPage } from '../instrument/instrument-page.tsx';
import { OperatePage } from '../operate/operate-page.tsx';
import { OverviewPage } from '../overview/overview-page.tsx';
import { ConnectionNote } from './connection-note.tsx';
import { sendPageAction } from './page-actions.ts';
import { moveRow } from './row-focus.ts';
import { SearchDialog } from './search-dialog.tsx';
import { type Services, ServicesContext, useServices } from './services.ts';
import { pressKey, type ShortcutAction } from './shortcuts.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { SignIn } from './sign-in.tsx';
import { TopBar } from './top-bar.tsx';

export function App({ services }: { readonly services: Services }): JSX.Element {
  useShortcuts(services);
  const theme = services.theme.theme.value;
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return (
    <ServicesContext.Provider value={services}>
      <TopBar />
      <ConnectionNote />
      <main>
        <Page />
      </main>
      <Footer />
      {services.openDialog.value === 'search' && <SearchDialog />}
      {services.openDialog.value === 'shortcuts' && <ShortcutsDialog />}
    </ServicesContext.Provider>
  );
}

function Page(): JSX.Element {
  const { live, route } = useServices();
  if (live.state.value.kind === 'refused') return <SignIn reason={live.state.value.reason} />;
  switch (route.value.page) {
    case 'overview':
      return <OverviewPage />;
    case 'instrument':
      return <InstrumentPage {...route.value} />;
    case 'operate':
      return <OperatePage />;
  }
}

function Footer(): JSX.Element {
  return (
    <footer>
      <span>All times are UTC.</span>
      <span>
        Charts by{' '}
        <a href="https://www.tradingview.com/" rel="noreferrer">
          TradingView
        </a>{' '}
        Lightweight Charts™
      </span>
    </footer>
  );
}

function useShortcuts(services: Services): void {
  const pending = useRef<readonly string[]>([]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { action, pending: next } = pressKey(pending.current, {
        key: event.key,
        hasModifier: event.ctrlKey || event.metaKey || event.altKey,
        isTyping: isTyping(event.target),
      });
      pending.current = next;
      if (action === undefined) return;
      // An open dialog closes itself; nothing behind it moves.
      if (services.openDialog.value !== 'none' && action !== 'close') return;
      if (action !== 'close') event.preventDefault();
      act(action, services);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [services]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, select, textarea');
}

function act(action: ShortcutAction, services: Services): void {
  const { openDialog, theme, live, lastInstrument, go } = services;
  switch (action) {
    case 'overview':
    case 'operate':
      go({ page: action });
      return;
    case 'instrument':
      go({ page: 'instrument', instrument: lastInstrument.value, step: undefined });
      return;
    case 'search':
    case 'shortcuts':
      openDialog.value = action;
      return;
    case 'close':
      openDialog.value = 'none';
      return;
    case 'theme':
      theme.next();
      return;
    case 'reconnect':
      live.tryNow();
      return;
    case 'next-row':
    case 'previous-row':
      moveRow(document, action === 'next-row' ? 1 : -1);
      return;
    case 'finer-step':
    case 'coarser-step':
    case 'chart-end':
      sendPageAction(action);
  }
}
