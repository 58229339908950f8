import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { isSecretOf, makeApiKey, parseApiKey } from '@feedmill/gateway/access/api-key';
import { SCOPE_NAMES } from '@feedmill/gateway/access/scope';
import { insertApiKey, selectApiKeys } from '@feedmill/store/queries/api-keys';
import type { Queryable } from '@feedmill/store/queries/progress';
import Type from 'typebox';
import { readJsonFile, writeJsonFile } from '../json-file.ts';

const KEY_FILE = 'gateway-key.json';
const KeySchema = Type.Object({ key: Type.String() });
// A page and a script or two of one person.
const RATE = { requestsPerSecond: 500, burst: 1_000 };

export const localKeyFile = (dir: string): string => path.join(dir, KEY_FILE);

/** The key of this folder's user, who may do everything; undefined before the first start. */
async function readLocalKey(dir: string): Promise<string | undefined> {
  return (await readJsonFile(localKeyFile(dir), KeySchema))?.key;
}

/**
 * The same; made where there is none that this Postgres knows. Only this user can read its file.
 *
 * @throws FeedmillError STORE_UNAVAILABLE
 */
export async function ensureLocalKey(dir: string, database: Queryable): Promise<string> {
  const known = await readLocalKey(dir);
  if (known !== undefined && (await isInForce(known, database))) return known;
  const { key, record } = await makeApiKey(
    { name: 'local', scopes: SCOPE_NAMES, expiresAt: undefined, ...RATE },
    randomBytes,
  );
  // The file first: a key that is in Postgres alone is nobody's.
  await writeJsonFile(localKeyFile(dir), { key });
  await insertApiKey(database, record);
  return key;
}

async function isInForce(key: string, database: Queryable): Promise<boolean> {
  const parsed = parseApiKey(key);
  if (parsed === undefined) return false;
  const record = (await selectApiKeys(database)).find(({ keyId }) => keyId === parsed.keyId);
  if (record === undefined || record.revokedAt !== undefined) return false;
  return await isSecretOf(parsed.secret, record);
}
