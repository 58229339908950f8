import { LIVE_KIND } from './live/live-kind.ts';
import type { NetworkKind } from './network-kind.ts';
import { NEWS_KIND } from './news/news-kind.ts';
import { POLL_KIND } from './poll/poll-kind.ts';
import { TCP_KIND } from './tcp/tcp-kind.ts';

/** Every kind of source that reads the network. */
export const NETWORK_KINDS: readonly NetworkKind[] = [LIVE_KIND, POLL_KIND, NEWS_KIND, TCP_KIND];

export function networkKind(name: string): NetworkKind | undefined {
  return NETWORK_KINDS.find(({ kind }) => kind === name);
}
