import { ownValue } from '@feedmill/core/own-value';
import type { Cache } from '../cache.ts';
import type { Producer } from '../objects.ts';

/** What a producer's Secret says of its token. */
export type TokenState =
  /** None is asked for. */
  | { readonly kind: 'none' }
  /** Its SHA-256, in hex. */
  | { readonly kind: 'token'; readonly sha256: string }
  | { readonly kind: 'missing'; readonly why: string };

export function tokenState({ metadata, spec }: Producer, cache: Cache): TokenState {
  const reference = spec.credentials?.tokenSecretRef;
  if (reference === undefined) return { kind: 'none' };
  const secret = cache.secrets.get(metadata.namespace ?? '', reference.name);
  const sha256 = secret && ownValue(secret.digests, reference.key);
  if (sha256 !== undefined) return { kind: 'token', sha256 };
  const what = secret === undefined ? 'is not there' : `has no key '${reference.key}'`;
  const why = `Secret ${reference.name} ${what}; make it, with the producer's token in it.`;
  return { kind: 'missing', why };
}
