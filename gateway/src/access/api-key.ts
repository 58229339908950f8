import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { ApiKeyRecord } from '@feedmill/store/queries/api-keys';
import type { Scope } from './scope.ts';

const PREFIX = 'fmk';
const ID_BYTES = 9;
const SECRET_BYTES = 32;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
// What OWASP asks for at least: 16 MiB and some 30 ms a check.
const SCRYPT_COST = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 } as const;

const derive = promisify<
  string,
  Buffer,
  number,
  { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
  Buffer
>(scrypt);

/** What is asked of a new key. */
export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | undefined;
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** The key as its owner gets it, once, and the record that is kept of it. */
export interface MadeApiKey {
  readonly key: string;
  readonly record: Omit<ApiKeyRecord, 'createdAt' | 'revokedAt'>;
}

/** @param random bytes that nobody can guess */
export async function makeApiKey(
  wanted: NewApiKey,
  random: (bytes: number) => Buffer,
): Promise<MadeApiKey> {
  const keyId = random(ID_BYTES).toString('hex');
  const secret = random(SECRET_BYTES).toString('base64url');
  const salt = random(SALT_BYTES);
  const hash = await derive(secret, salt, HASH_BYTES, SCRYPT_COST);
  return { key: `${PREFIX}_${keyId}_${secret}`, record: { ...wanted, keyId, salt, hash } };
}

/** Id and secret of a text that has the form of a key. */
export function parseApiKey(text: string): { keyId: string; secret: string } | undefined {
  const [, keyId, secret] = /^fmk_([0-9a-f]{18})_([\w-]{43})$/.exec(text) ?? [];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secret };
}

export async function isSecretOf(secret: string, record: ApiKeyRecord): Promise<boolean> {
  const hash = await derive(secret, record.salt, HASH_BYTES, SCRYPT_COST);
  return timingSafeEqual(hash, record.hash);
}
