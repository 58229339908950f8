// What the page takes from the browser, in one place.
import { asEpochNanos } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';

/** Text that outlives the page; nothing is kept where the browser forbids it. */
export interface Keep {
  readonly read: (name: string) => string | undefined;
  readonly write: (name: string, value: string | undefined) => void;
}

export interface Browser {
  readonly clock: Clock;
  readonly random: Random;
  readonly keep: Keep;
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;
  readonly timeout: (ms: number) => AbortSignal;
  /** Wall clock, in milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly hash: () => string;
  readonly setHash: (hash: string, how: 'push' | 'replace') => void;
  readonly onHash: (listener: () => void) => void;
  readonly onOnline: (listener: () => void) => void;
  /** Calls before the next picture is drawn. */
  readonly onFrame: (callback: () => void) => void;
  /** The system went from dark to light or back. Returns what ends it. */
  readonly onSystemScheme: (listener: () => void) => () => void;
}

export function realBrowser(): Browser {
  return {
    clock: browserClock(),
    random: () => Math.random(),
    keep: keepIn(window),
    fetch: (input, init) => fetch(input, init),
    timeout: (ms) => AbortSignal.timeout(ms),
    nowMs: () => Date.now(),
    hash: () => window.location.hash,
    setHash(hash, how) {
      if (how === 'push') window.location.hash = hash;
      else window.location.replace(hash);
    },
    onHash: (listener) => window.addEventListener('hashchange', listener),
    onOnline: (listener) => window.addEventListener('online', listener),
    onFrame: (callback) => {
      // A hidden page draws nothing, but what arrives must not pile up meanwhile.
      if (document.hidden) setTimeout(callback, HIDDEN_FRAME_MS);
      else requestAnimationFrame(callback);
    },
    onSystemScheme(listener) {
      const scheme = window.matchMedia('(prefers-color-scheme: dark)');
      scheme.addEventListener('change', listener);
      return () => scheme.removeEventListener('change', listener);
    },
  };
}

const HIDDEN_FRAME_MS = 1_000;
const NANOS_PER_MS = 1_000_000n;

interface BrowserTimer {
  readonly id: number;
}

const browserClock = (): Clock => ({
  wallNanos: () => asEpochNanos(BigInt(Date.now()) * NANOS_PER_MS),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, callback): BrowserTimer => ({ id: setTimeout(callback, delayMs) }),
  cancel: (timer) => clearTimeout((timer as BrowserTimer).id),
});

function keepIn({ localStorage }: Window): Keep {
  const prefix = 'feedmill.';
  return {
    read(name) {
      try {
        return localStorage.getItem(prefix + name) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(name, value) {
      try {
        if (value === undefined) localStorage.removeItem(prefix + name);
        else localStorage.setItem(prefix + name, value);
      } catch {
        // Without storage the page works all the same, until it is closed.
      }
    },
  };
}
