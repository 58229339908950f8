import { FeedmillError } from '@feedmill/core/errors';
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';

const DISCOVERY_MS = 5_000;

/**
 * The keys of an OpenID provider, asked for when a token needs one and kept for a while.
 *
 * @param jwksUri empty: as the issuer's own description says, which is asked for at first use
 */
export function providerKeys(issuer: string, jwksUri: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    found ??= keysOf(issuer, jwksUri).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return await (await found)(header, token);
  };
}

async function keysOf(issuer: string, jwksUri: string): Promise<JWTVerifyGetKey> {
  return createRemoteJWKSet(new URL(jwksUri === '' ? await discovered(issuer) : jwksUri));
}

async function discovered(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(DISCOVERY_MS) });
  const description = (await response.json()) as { readonly jwks_uri?: unknown };
  if (response.ok && typeof description.jwks_uri === 'string') return description.jwks_uri;
  throw new FeedmillError('CONFIG_INVALID', `${address} names no jwks_uri.`);
}
