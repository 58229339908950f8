import type { KubeClient } from './kube/kube-client.ts';
import { type OwnerReference, objectKey } from './kube/kube-object.ts';
import { clusterLabels } from './names.ts';
import type { ConfigMap } from './objects.ts';
import { CONFIG_MAPS } from './resources.ts';

const KEY = 'ledger';

/**
 * Keeps what must not be forgotten in a ConfigMap, written by compare and set: of two operators
 * that decide on the same state, one is refused and looks again. What was written here last is
 * known at once, also before the watch has told of it.
 */
export class LedgerStore<T extends object> {
  readonly #client: KubeClient;
  readonly #empty: T;
  readonly #written = new Map<string, ConfigMap>();

  constructor(client: KubeClient, empty: T) {
    this.#client = client;
    this.#empty = empty;
  }

  /** @param cached the ConfigMap as the reflector knows it */
  read(namespace: string, name: string, cached: ConfigMap | undefined): T {
    return readLedger(this.#newest(namespace, name, cached), this.#empty);
  }

  /** Whether there is one at all. */
  exists(namespace: string, name: string, cached: ConfigMap | undefined): boolean {
    return this.#newest(namespace, name, cached) !== undefined;
  }

  /** @throws FeedmillError for which `isConflict` where somebody else has written meanwhile */
  async write(
    { namespace, name, cluster }: LedgerPlace,
    owners: readonly OwnerReference[],
    cached: ConfigMap | undefined,
    ledger: T,
  ): Promise<void> {
    const known = this.#newest(namespace, name, cached);
    const data = { [KEY]: JSON.stringify(ledger) };
    const labels = clusterLabels(cluster);
    const metadata = { name, namespace, labels, ownerReferences: owners };
    const key = objectKey(namespace, name);
    try {
      const written =
        known === undefined
          ? await this.#client.create<ConfigMap>(CONFIG_MAPS, { metadata, data } as ConfigMap)
          : await this.#client.update<ConfigMap>(CONFIG_MAPS, { ...known, data } as ConfigMap);
      this.#written.set(key, written);
    } catch (error) {
      // What stands now comes by the watch.
      this.#written.delete(key);
      throw error;
    }
  }

  #newest(namespace: string, name: string, cached: ConfigMap | undefined): ConfigMap | undefined {
    const key = objectKey(namespace, name);
    const written = this.#written.get(key);
    if (written === undefined || cached === undefined) return cached ?? written;
    const isOurs = written.metadata.uid === cached.metadata.uid;
    if (isOurs && versionOf(written) > versionOf(cached)) return written;
    this.#written.delete(key);
    return cached;
  }
}

/** The ledger in a ConfigMap; `empty` where there is none. */
export function readLedger<T extends object>(map: ConfigMap | undefined, empty: T): T {
  const text = map?.data?.[KEY];
  return text === undefined ? empty : (JSON.parse(text) as T);
}

export interface LedgerPlace {
  readonly namespace: string;
  readonly name: string;
  readonly cluster: string;
}

const versionOf = ({ metadata }: ConfigMap): bigint => BigInt(metadata.resourceVersion ?? 0);
