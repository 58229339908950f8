import { FeedmillError } from '@feedmill/core/errors';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Problem } from '../problem.ts';
import type { Principal } from './principal.ts';
import { isScope, type Scope } from './scope.ts';

export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Finds the issuer's key for a token; asks for the JWKS and keeps it. */
  readonly keys: JWTVerifyGetKey;
  readonly requestsPerSecond: number;
  readonly burst: number;
}

// Of public keys only: a token that names a symmetric algorithm, or none, was made by anyone.
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
];
const CLOCK_TOLERANCE_SECONDS = 30;
const SCOPE_PREFIX = 'feedmill:';

/** Bearer tokens of an OpenID provider. Scopes are `feedmill:read` and the like. */
export class OidcTokens {
  readonly #options: OidcOptions;

  constructor(options: OidcOptions) {
    this.#options = options;
  }

  /**
   * Whose token it is; undefined where it is not in force.
   *
   * @throws Problem unavailable while the provider's keys cannot be had
   */
  async principal(token: string): Promise<Principal | undefined> {
    const { issuer, audience, keys, requestsPerSecond, burst } = this.#options;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return {
        kind: 'token',
        id: `${issuer} ${payload.sub}`,
        name: nameOf(payload),
        scopes: new Set(scopesOf(payload)),
        expiresMs: payload.exp === undefined ? undefined : payload.exp * 1000,
        requestsPerSecond,
        burst,
      };
    } catch (error) {
      // Everything that is wrong with the token itself has a class of its own.
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
        const { message } = FeedmillError.from(error);
        throw new Problem('unavailable', `The keys of ${issuer} cannot be had (${message}).`, {
          retryAfterSeconds: 5,
          cause: error,
        });
      }
      return undefined;
    }
  }
}

function nameOf({ name, email, sub }: JWTPayload): string {
  const named = [name, email, sub].find((each) => typeof each === 'string');
  return String(named);
}

/** From `scope`, a text, as RFC 8693 says, or `scp`, a list, as others have it. */
function scopesOf({ scope, scp }: JWTPayload): Scope[] {
  const texts = [scope, scp].flatMap((claim) =>
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim.map(String) : [],
  );
  return texts
    .filter((text) => text.startsWith(SCOPE_PREFIX))
    .map((text) => text.slice(SCOPE_PREFIX.length))
    .filter(isScope);
}
