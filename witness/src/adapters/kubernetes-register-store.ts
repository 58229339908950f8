import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { FeedmillError } from '@feedmill/core/errors';
import { type Register, sameRegister } from '@feedmill/core/region/register';
import type { ShardKey } from '@feedmill/core/region/register-message';
import { LIMITS } from '../limits.ts';
import type { RegisterStore } from '../register-store.ts';
import { parseRegister, registerText } from '../register-text.ts';

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
const KEY = 'register';
const NOT_FOUND = 404;
const CONFLICT = 409;
const CREATED = 201;
const OK = 200;

/** The part of a ConfigMap that counts here. */
interface RegisterObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One call to the API server, as the pod's own account. */
export type KubernetesCall = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
) => Promise<Answer>;

/** The registers in ConfigMaps of the witness's own cluster, replaced by resourceVersion. */
export async function openKubernetesStore(
  namespace: string,
  call: KubernetesCall = inClusterCall,
): Promise<RegisterStore> {
  const folder = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  const read = async (key: ShardKey): Promise<RegisterObject | undefined> => {
    const { status, body } = await call('GET', `${folder}/${nameOf(key)}`);
    if (status === NOT_FOUND) return undefined;
    if (status !== OK) throw failed(`GET ${nameOf(key)}`, { status, body });
    return JSON.parse(body) as RegisterObject;
  };
  return {
    async load(key) {
      const object = await read(key);
      return object === undefined ? undefined : registerIn(key, object);
    },
    async replace(key, before, after) {
      const object = await read(key);
      const standing = object === undefined ? undefined : registerIn(key, object);
      if (!sameRegister(standing, before)) return false;
      const next = objectOf(key, after, object?.metadata.resourceVersion);
      const name = nameOf(key);
      const answer =
        object === undefined
          ? await call('POST', folder, next)
          : await call('PUT', `${folder}/${name}`, next);
      if (answer.status === CONFLICT) return false;
      if (answer.status !== OK && answer.status !== CREATED) throw failed(`write ${name}`, answer);
      return true;
    },
  };
}

// A name has at most 253 characters of [a-z0-9.-]; ids of clusters are shorter and may have others.
const nameOf = ({ clusterId, shard }: ShardKey): string =>
  `feedmill-witness-${clusterId.toLowerCase().replace(/[^a-z0-9.-]/g, '-')}-${shard}`;

function objectOf(key: ShardKey, register: Register, resourceVersion: string | undefined): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: nameOf(key),
      labels: { 'app.kubernetes.io/name': 'feedmill-witness' },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: { clusterId: key.clusterId, shard: String(key.shard), [KEY]: registerText(register) },
  };
}

function registerIn(key: ShardKey, { data }: RegisterObject): Register {
  const register = parseRegister(data?.[KEY] ?? '');
  if (register !== undefined && data?.['clusterId'] === key.clusterId) return register;
  throw new FeedmillError(
    'WITNESS_STORE',
    `ConfigMap ${nameOf(key)} holds no register of ${key.clusterId}: delete it and start the ` +
      'witness with --restored; it goes on from what both regions know.',
  );
}

const failed = (what: string, { status, body }: Answer): FeedmillError =>
  new FeedmillError('WITNESS_STORE', `The API server answers ${status} to ${what}: ${body}`);

async function inClusterCall(method: string, path: string, body?: object): Promise<Answer> {
  // Read each time: the kubelet renews the token.
  const token = await readFile(`${ACCOUNT_FOLDER}/token`, 'utf8');
  const ca = await readFile(`${ACCOUNT_FOLDER}/ca.crt`);
  return await new Promise((resolve, reject) => {
    const call = request(
      {
        host: 'kubernetes.default.svc',
        path,
        method,
        ca,
        headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
        timeout: LIMITS.kubernetesCallMs,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error(`no answer to ${method} ${path} in time`)));
    call.on('error', (error) => {
      reject(new FeedmillError('WITNESS_STORE', error.message, { cause: error }));
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
