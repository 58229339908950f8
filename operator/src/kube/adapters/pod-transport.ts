import { readFile } from 'node:fs/promises';
import { FeedmillError } from '@feedmill/core/errors';
import type { KubeTransport } from '../kube-transport.ts';
import { httpTransport } from './http-transport.ts';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet changes the token well before it ends; a minute late is early enough. */
const TOKEN_AGE_MS_MAX = 60_000;

/** Where the API server is, as a pod is told. */
export interface PodEnvironment {
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/**
 * The API server of the cluster that this pod runs in, with the pod's own account.
 *
 * @throws FeedmillError CONFIG_INVALID outside of a pod
 */
export async function podTransport(
  { host, port }: PodEnvironment,
  answerBytesMax: number,
): Promise<KubeTransport> {
  if (host === undefined || port === undefined) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      'This is no pod of Kubernetes: KUBERNETES_SERVICE_HOST is not set. Outside of one, name an ' +
        'API server with --api-server, such as http://127.0.0.1:8001 of `kubectl proxy`.',
    );
  }
  let token = '';
  let readAtMs = -Infinity;
  const address = host.includes(':') ? `[${host}]` : host;
  return httpTransport({
    server: new URL(`https://${address}:${port}`),
    ca: await readFile(`${FOLDER}/ca.crt`, 'utf8'),
    token: async () => {
      if (performance.now() - readAtMs > TOKEN_AGE_MS_MAX) {
        token = (await readFile(`${FOLDER}/token`, 'utf8')).trim();
        readAtMs = performance.now();
      }
      return token;
    },
    answerBytesMax,
    wallMs: () => Date.now(),
  });
}
