import {
  buildDisruptionBudget,
  buildHeadlessService,
  buildNetworkPolicy,
  buildServiceAccount,
} from '../build/cluster-parts.ts';
import { buildSettings } from '../build/settings.ts';
import type { Cache, KindCache } from '../cache.ts';
import type { Applier } from '../kube/applier.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { Resource } from '../kube/resource.ts';
import { networkPolicyName, settingsMap, workerAccount } from '../names.ts';
import {
  CONFIG_MAPS,
  DISRUPTION_BUDGETS,
  NETWORK_POLICIES,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../resources.ts';
import type { CachedView } from './cluster-view.ts';
import { smallestVolume } from './volume-step.ts';

/** What every cluster has beside its workers. */
export async function ensureParts(
  view: CachedView,
  cache: Cache,
  applier: Applier,
  operatorNamespace: string,
): Promise<void> {
  const { cluster, name, namespace, owners } = view;
  const ensure = async <T extends KubeObject>(
    resource: Resource,
    kind: KindCache<T>,
    object: string,
    desired: T | undefined,
  ): Promise<void> => {
    const live = kind.get(namespace, object);
    if (desired === undefined) await applier.remove(resource, live);
    else await applier.ensure(resource, desired, owners, live);
  };
  await ensure(
    SERVICE_ACCOUNTS,
    cache.serviceAccounts,
    workerAccount(name),
    buildServiceAccount(cluster),
  );
  await ensure(SERVICES, cache.services, name, buildHeadlessService(cluster));
  const settings = buildSettings(cluster, smallestVolume(view));
  await ensure(CONFIG_MAPS, cache.configMaps, settingsMap(name), settings);
  await ensure(DISRUPTION_BUDGETS, cache.budgets, name, buildDisruptionBudget(cluster));
  await ensure(
    NETWORK_POLICIES,
    cache.policies,
    networkPolicyName(name),
    buildNetworkPolicy(cluster, operatorNamespace),
  );
}
