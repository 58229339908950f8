import type { Scope } from './scope.ts';

/** Who asks, as a key or a token says. */
export interface Principal {
  readonly kind: 'key' | 'token';
  /** Id of the key, or issuer and subject of the token. */
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Wall clock, ms since 1970; undefined for one that stays in force. */
  readonly expiresMs: number | undefined;
  readonly requestsPerSecond: number;
  readonly burst: number;
}
