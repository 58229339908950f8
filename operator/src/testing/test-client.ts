import { httpTransport } from '../kube/adapters/http-transport.ts';
import { KubeClient, type KubeClientOptions } from '../kube/kube-client.ts';
import type { Resource } from '../kube/resource.ts';
import { LIMITS, type OperatorLimits } from '../limits.ts';

/** A kind of object that a test may do everything with. */
export const WIDGETS: Resource = {
  group: 'test.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  subresources: { status: ['patch'] },
};

/** Where widgets are kept by the API server of the tests. */
export const WIDGET_COLLECTION = '/apis/test.dev/v1/widgets';

/** The operator's limits, quick enough for tests. */
export const QUICK: OperatorLimits = {
  ...LIMITS,
  requestMs: 1_000,
  reflectorRetryBaseMs: 5,
  reflectorRetryCapMs: 20,
  watchSilenceMs: 400,
  listPageObjects: 3,
  tombstonesMax: 16,
  leaseMs: 1_000,
  leaseRenewMs: 600,
  leaseRetryMs: 50,
};

/** A client of the API server at `url` over real HTTP. */
export function clientOf(url: URL, options: Partial<KubeClientOptions> = {}): KubeClient {
  const transport = httpTransport({
    server: url,
    answerBytesMax: LIMITS.answerBytesMax,
    wallMs: () => Date.now(),
  });
  return new KubeClient({ transport, requestMs: QUICK.requestMs, ...options });
}
