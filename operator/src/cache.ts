import { createHash } from 'node:crypto';
import type { Clock } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import type { KubeClient } from './kube/kube-client.ts';
import { type KubeObject, objectKey } from './kube/kube-object.ts';
import type { ObjectChange } from './kube/object-store.ts';
import { Reflector } from './kube/reflector.ts';
import type { Resource } from './kube/resource.ts';
import type { OperatorLimits } from './limits.ts';
import { OWN_SELECTOR } from './names.ts';
import type {
  ConfigMap,
  Deployment,
  Job,
  Pod,
  Producer,
  RegionSwitchover,
  SecretDigest,
  StatefulSet,
  StreamCluster,
  VolumeClaim,
} from './objects.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  DISRUPTION_BUDGETS,
  JOBS,
  NETWORK_POLICIES,
  PODS,
  PRODUCERS,
  REGION_SWITCHOVERS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  STATEFUL_SETS,
  STREAM_CLUSTERS,
  VOLUME_CLAIMS,
} from './resources.ts';

export interface CacheOptions {
  readonly client: KubeClient;
  /** Namespaces to look at; one empty name stands for all. */
  readonly namespaces: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: OperatorLimits;
  readonly onChange: (resource: Resource, change: ObjectChange<KubeObject>) => void;
  readonly log: { warn(fields: object, sentence: string): void };
}

/** The objects of one kind, over all the namespaces that are looked at. */
export class KindCache<T extends KubeObject> {
  readonly reflectors: readonly Reflector<T>[];

  constructor(reflectors: readonly Reflector<T>[]) {
    this.reflectors = reflectors;
  }

  get(namespace: string, name: string): T | undefined {
    const key = objectKey(namespace, name);
    for (const reflector of this.reflectors) {
      const found = reflector.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  *values(): Generator<T> {
    for (const reflector of this.reflectors) yield* reflector.values();
  }

  in(namespace: string): T[] {
    return [...this.values()].filter(({ metadata }) => metadata.namespace === namespace);
  }
}

/** Everything that the operator knows of the cluster, kept up by reflectors. */
export class Cache {
  readonly clusters: KindCache<StreamCluster>;
  readonly producers: KindCache<Producer>;
  readonly switchovers: KindCache<RegionSwitchover>;
  readonly statefulSets: KindCache<StatefulSet>;
  readonly deployments: KindCache<Deployment>;
  readonly jobs: KindCache<Job>;
  readonly services: KindCache<KubeObject>;
  readonly serviceAccounts: KindCache<KubeObject>;
  readonly configMaps: KindCache<ConfigMap>;
  readonly secrets: KindCache<SecretDigest>;
  readonly pods: KindCache<Pod>;
  readonly claims: KindCache<VolumeClaim>;
  readonly budgets: KindCache<KubeObject>;
  readonly policies: KindCache<KubeObject>;
  readonly #options: CacheOptions;
  readonly #reflectors: Reflector<KubeObject>[] = [];

  constructor(options: CacheOptions) {
    this.#options = options;
    this.clusters = this.#kind(STREAM_CLUSTERS, {});
    this.producers = this.#kind(PRODUCERS, {});
    this.switchovers = this.#kind(REGION_SWITCHOVERS, {});
    this.secrets = this.#kind(SECRETS, { project: digestsOnly });
    this.pods = this.#own(PODS);
    this.statefulSets = this.#own(STATEFUL_SETS);
    this.deployments = this.#own(DEPLOYMENTS);
    this.jobs = this.#own(JOBS);
    this.services = this.#own(SERVICES);
    this.serviceAccounts = this.#own(SERVICE_ACCOUNTS);
    this.configMaps = this.#own(CONFIG_MAPS);
    this.claims = this.#own(VOLUME_CLAIMS);
    this.budgets = this.#own(DISRUPTION_BUDGETS);
    this.policies = this.#own(NETWORK_POLICIES);
  }

  get reflectors(): readonly Reflector<KubeObject>[] {
    return this.#reflectors;
  }

  /** Runs all reflectors until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }

  /** Resolves once everything was listed. */
  async synced(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.synced));
  }

  /** Objects of a kind that the operator made. */
  #own<T extends KubeObject>(resource: Resource): KindCache<T> {
    return this.#kind<T>(resource, { labelSelector: OWN_SELECTOR });
  }

  #kind<T extends KubeObject>(
    resource: Resource,
    special: { readonly labelSelector?: string; readonly project?: (object: T) => T },
  ): KindCache<T> {
    const { namespaces, onChange, ...rest } = this.#options;
    const { labelSelector, project = slim } = special;
    const reflectors = namespaces.map(
      (namespace) =>
        new Reflector<T>({
          ...rest,
          resource,
          selection: { namespace, labelSelector },
          project,
          onChange: (change) => onChange(resource, change),
        }),
    );
    this.#reflectors.push(...(reflectors as unknown as Reflector<KubeObject>[]));
    return new KindCache(reflectors);
  }
}

/** Who says what of an object is half of its size, and nothing that we look at. */
function slim<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}

/** Keeps of each value of a Secret only its hash: enough to know that it is there and changed. */
function digestsOnly(secret: SecretDigest): SecretDigest {
  const { name, namespace, uid, resourceVersion, labels } = secret.metadata;
  const { data = {} } = secret as unknown as { readonly data?: Readonly<Record<string, string>> };
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
    },
    digests: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [
        key,
        createHash('sha256').update(Buffer.from(value, 'base64')).digest('hex'),
      ]),
    ),
  };
}
