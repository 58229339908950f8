/** What a key or token may do. */
export const SCOPES = {
  read: 'ask for instruments, quotes, trades, bars, news, gaps, alerts, feeds, regions and drills',
  live: 'follow the live stream',
  replay: 'start, steer and stop replays',
  operate: 'steer the simulated market and switch regions over',
} as const;

export type Scope = keyof typeof SCOPES;

export const SCOPE_NAMES = Object.keys(SCOPES) as readonly Scope[];

export const isScope = (text: string): text is Scope => Object.hasOwn(SCOPES, text);
