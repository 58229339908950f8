import { Problem } from '../problem.ts';
import type { KeyRing } from './key-ring.ts';
import type { OidcTokens } from './oidc-tokens.ts';
import type { Principal } from './principal.ts';
import {
  type Rate,
  type RateDecision,
  type RateLimiter,
  rateLimitHeaders,
} from './rate-limiter.ts';
import type { Scope } from './scope.ts';

export interface AccessOptions {
  readonly keys: KeyRing;
  /** Undefined where no provider is configured. */
  readonly tokens: OidcTokens | undefined;
  readonly limiter: RateLimiter;
  readonly addressRate: Rate;
  readonly failureRate: Rate;
  readonly tokenCharsMax: number;
}

/** A request that may go on. */
export interface Admitted {
  readonly principal: Principal;
  /** RateLimit headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

const CHALLENGE = { 'www-authenticate': 'Bearer realm="feedmill"' };

/** Who may come in: by address, by key or token, by scope, and how often. */
export class AccessControl {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /**
   * For every request, whatever it is for.
   *
   * @throws Problem rate-limited
   */
  admitAddress(address: string): void {
    const { limiter, addressRate } = this.#options;
    const byAddress = limiter.take(`address ${address}`, addressRate);
    if (!byAddress.isAllowed) throw tooMany('address', addressRate, byAddress);
  }

  /**
   * @param authorization the header, or what stands for it
   * @throws Problem rate-limited, unauthenticated, forbidden, overloaded or store-unavailable
   */
  async admit(
    address: string,
    authorization: string | undefined,
    scope: Scope | undefined,
  ): Promise<Admitted> {
    const { limiter } = this.#options;
    const token = tokenOf(authorization);
    const principal = token === undefined ? undefined : await this.#identify(address, token);
    if (principal === undefined) {
      throw new Problem(
        'unauthenticated',
        authorization === undefined
          ? 'Send your key or token as `Authorization: Bearer …`.'
          : 'The key or token is unknown, expired, revoked or not made for this gateway.',
        { headers: CHALLENGE },
      );
    }
    const byKey = limiter.take(`${principal.kind} ${principal.id}`, principal);
    if (!byKey.isAllowed) throw tooMany(principal.kind, principal, byKey);
    if (scope !== undefined && !principal.scopes.has(scope)) {
      throw new Problem(
        'forbidden',
        `This needs the scope '${scope}'; '${principal.name}' has ` +
          `${[...principal.scopes].join(', ') || 'none'}.`,
        { headers: { ...CHALLENGE, ...rateLimitHeaders(principal.kind, principal, byKey) } },
      );
    }
    return { principal, headers: rateLimitHeaders(principal.kind, principal, byKey) };
  }

  /** Guessing is slowed down by address; who was let in before is not held up by that. */
  async #identify(address: string, token: string): Promise<Principal | undefined> {
    const { keys, tokens, tokenCharsMax, limiter, failureRate } = this.#options;
    const known = keys.verified(token);
    if (known !== undefined) return known;
    const failures = limiter.peek(`failures ${address}`, failureRate);
    if (!failures.isAllowed) throw tooMany('failed logins', failureRate, failures);
    const isKey = token.startsWith('fmk_');
    const isTooLong = token.length > tokenCharsMax;
    const principal = isTooLong
      ? undefined
      : isKey
        ? await keys.principal(token)
        : await tokens?.principal(token);
    if (principal === undefined) limiter.take(`failures ${address}`, failureRate);
    return principal;
  }
}

const tokenOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];

function tooMany(policy: string, rate: Rate, decision: RateDecision): Problem {
  const { waitSeconds } = decision;
  return new Problem(
    'rate-limited',
    `Of this ${policy} ${rate.requestsPerSecond} a second and ${rate.burst} at once are allowed; ` +
      `come again after ${waitSeconds} s.`,
    {
      retryAfterSeconds: Math.max(1, waitSeconds),
      headers: rateLimitHeaders(policy.replace(' ', '-'), rate, decision),
    },
  );
}
