import type { JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { type Route, routeHash } from './route.ts';
import { useServices } from './services.ts';
import type { Theme } from './theme.ts';

export function TopBar(): JSX.Element {
  const { route, lastInstrument, openDialog } = useServices();
  const { page } = route.value;
  const link = (to: Route, text: string): JSX.Element => (
    <a href={routeHash(to)} aria-current={page === to.page ? 'page' : undefined}>
      {text}
    </a>
  );
  return (
    <header class="top">
      <a class="brand" href="#/overview" aria-label="Feedmill, overview">
        <img src="icon.svg" alt="" width="22" height="22" />
        <span>Feedmill</span>
      </a>
      <nav aria-label="Pages">
        {link({ page: 'overview' }, 'Overview')}
        {link(
          { page: 'instrument', instrument: lastInstrument.value, step: undefined },
          'Instrument',
        )}
        {link({ page: 'operate' }, 'Operate')}
      </nav>
      <button
        type="button"
        class="search-button"
        aria-label="Search instrument"
        aria-keyshortcuts="/"
        onClick={() => {
          openDialog.value = 'search';
        }}
      >
        <Icon name="search" />
        <span>Search instrument</span>
        <kbd aria-hidden="true">/</kbd>
      </button>
      <LivePill />
      <ThemeButton />
      <button
        type="button"
        class="icon-button"
        aria-label="Keyboard shortcuts"
        aria-keyshortcuts="?"
        onClick={() => {
          openDialog.value = 'shortcuts';
        }}
      >
        <Icon name="keyboard" />
      </button>
    </header>
  );
}

const THEME_LOOKS: Readonly<Record<Theme, readonly [IconName, string]>> = {
  system: ['system', 'Colours as the system has them'],
  light: ['sun', 'Light colours'],
  dark: ['moon', 'Dark colours'],
};

function ThemeButton(): JSX.Element {
  const { theme } = useServices();
  const [icon, label] = THEME_LOOKS[theme.theme.value];
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`${label}. Change`}
      title={label}
      aria-keyshortcuts="t"
      onClick={() => theme.next()}
    >
      <Icon name={icon} />
    </button>
  );
}

const THINNED_MS = 10_000;

/** Whether what is shown is live. */
function LivePill(): JSX.Element {
  const { live, nowMs } = useServices();
  switch (live.state.value.kind) {
    case 'open':
      return nowMs.value - (live.conflatedMs.value ?? 0) < THINNED_MS ? (
        <span class="pill pill-warn" title="More comes than this page takes: it gets the newest.">
          Live, thinned
        </span>
      ) : (
        <span class="pill pill-good">Live</span>
      );
    case 'connecting':
      return <span class="pill">Connecting</span>;
    case 'waiting':
      return <span class="pill pill-warn">Reconnecting</span>;
    case 'refused':
      return <span class="pill pill-bad">Signed out</span>;
    case 'closed':
      return <span class="pill">Off</span>;
  }
}
