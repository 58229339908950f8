import type { Queryable } from './progress.ts';

/** A row of feedmill.api_key. The hash is scrypt's of the key's secret. */
export interface ApiKeyRecord {
  readonly keyId: string;
  readonly name: string;
  readonly salt: Buffer;
  readonly hash: Buffer;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
  readonly requestsPerSecond: number;
  readonly burst: number;
}

const SELECT_API_KEYS = `
select k.key_id, k.name, k.salt, k.hash, k.scopes, k.created_at, k.expires_at, k.revoked_at,
  k.requests_per_second, k.burst
from feedmill.api_key k order by k.created_at, k.key_id`;

const INSERT_API_KEY = `
insert into feedmill.api_key (
  key_id, name, salt, hash, scopes, expires_at, requests_per_second, burst)
values ($1, $2, $3, $4, $5, $6, $7, $8)`;

/** Revoking again changes nothing. */
const REVOKE_API_KEY = `
update feedmill.api_key k set revoked_at = coalesce(k.revoked_at, now()) where k.key_id = $1`;

interface Row {
  readonly key_id: string;
  readonly name: string;
  readonly salt: Buffer;
  readonly hash: Buffer;
  readonly scopes: string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly requests_per_second: number;
  readonly burst: number;
}

export async function selectApiKeys(db: Queryable): Promise<ApiKeyRecord[]> {
  const { rows } = await db.query<Row>(SELECT_API_KEYS);
  return rows.map((row) => ({
    keyId: row.key_id,
    name: row.name,
    salt: row.salt,
    hash: row.hash,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    requestsPerSecond: row.requests_per_second,
    burst: row.burst,
  }));
}

export async function insertApiKey(
  db: Queryable,
  key: Omit<ApiKeyRecord, 'createdAt' | 'revokedAt'>,
): Promise<void> {
  const { keyId, name, salt, hash, scopes, expiresAt, requestsPerSecond, burst } = key;
  await db.query(INSERT_API_KEY, [
    keyId,
    name,
    salt,
    hash,
    scopes,
    expiresAt,
    requestsPerSecond,
    burst,
  ]);
}

/** @returns whether there is such a key */
export async function revokeApiKey(db: Queryable, keyId: string): Promise<boolean> {
  return (await db.query(REVOKE_API_KEY, [keyId])).rowCount === 1;
}
