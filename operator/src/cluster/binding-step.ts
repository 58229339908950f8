import type { BoundProducer } from '@feedmill/core/adapters/control-client';
import type { BindableProducer } from '@feedmill/core/binding/binding';
import {
  type BindingLedger,
  type BindingPlan,
  isVacated,
  planBindings,
} from '@feedmill/core/binding/binding-plan';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import type { Cache } from '../cache.ts';
import { contentHash } from '../content-hash.ts';
import type { LedgerStore } from '../ledger-store.ts';
import { ledgerMap, workerAddress } from '../names.ts';
import { isPodReady, type Producer } from '../objects.ts';
import { tokenState } from '../producer/token-secret.ts';
import type { WorkerWatch } from '../worker/worker-watch.ts';
import type { ClusterView } from './cluster-view.ts';

export interface BindingStepOptions {
  readonly cache: Cache;
  readonly ledgers: LedgerStore<BindingLedger>;
  readonly workers: WorkerWatch;
  readonly log: { warn(fields: object, sentence: string): void };
}

export interface Bindings {
  readonly plan: BindingPlan;
  /** Shards that have to have a worker: those that are wanted, and those not vacated yet. */
  readonly replicas: number;
}

/** Binds the producers of a cluster, remembers it, and tells the workers. */
export class BindingStep {
  readonly #options: BindingStepOptions;

  constructor(options: BindingStepOptions) {
    this.#options = options;
  }

  /** @returns undefined while the ledger is lost and not every worker has said what it holds */
  async advance(view: ClusterView): Promise<Bindings | undefined> {
    const { cache, ledgers, workers } = this.#options;
    const { cluster, name, namespace, owners, snapshots, statefulSet } = view;
    const { shards, binding } = cluster.spec;
    const running = statefulSet?.spec.replicas ?? 0;
    const isLost = !ledgers.exists(namespace, ledgerMap(name), view.bindingMap) && running > 0;
    if (isLost && snapshots.size < running) {
      workers.hurry(view.key);
      return undefined;
    }
    const { tokens, tokenless } = tokensOf(view.producers, cache);
    const { shardOf } = view.bindings;
    // One that is bound already stays: its open stream goes on, and a new one is refused.
    const producers = view.producers.filter(
      ({ metadata }) => !tokenless.has(metadata.name) || Object.hasOwn(shardOf, metadata.name),
    );
    const held = [...snapshots.values()];
    const plan = planBindings(
      binding.mode,
      producers.map(bindable),
      bindableShards(view),
      view.bindings,
      held,
      tokens.size === 0 ? '' : contentHash([...tokens]),
    );
    if (plan.isChanged) {
      const place = { namespace, name: ledgerMap(name), cluster: name };
      await ledgers.write(place, owners, view.bindingMap, plan.ledger);
    }
    await this.#tell(view, plan, tokens);
    const isUnderWay = plan.uninformed.length > 0 || Object.keys(plan.ledger.leaving).length > 0;
    if (isUnderWay) workers.hurry(view.key);
    return { plan, replicas: neededReplicas(shards, running, plan.ledger, snapshots) };
  }

  async #tell(
    { key, name, namespace }: ClusterView,
    plan: BindingPlan,
    tokens: ReadonlyMap<string, string>,
  ): Promise<void> {
    const bindings: BoundProducer[] = plan.bindings.map(({ producer, shard, moving }) => ({
      producer,
      shard,
      moving,
      address: workerAddress(name, namespace, shard),
      tokenSha256: Buffer.from(tokens.get(producer) ?? '', 'hex'),
    }));
    const { workers, log } = this.#options;
    await Promise.all(
      plan.uninformed.map(async (shard) => {
        try {
          await workers.control(key, shard)?.setBindings(plan.ledger.generation, bindings);
        } catch (error) {
          const { message } = FeedmillError.from(error);
          log.warn({ cluster: key, shard, error: message }, 'A worker could not be told.');
        }
      }),
    );
    if (plan.uninformed.length > 0) workers.askNow(key);
  }
}

/**
 * Shards that producers may be bound to. A new one counts when its worker is there: a producer that
 * moves is drained first, and nobody should wait for a pod meanwhile.
 */
function bindableShards({ cluster, bindings, pods, snapshots }: ClusterView): number {
  const { shards } = cluster.spec;
  const isThere = (shard: number): boolean => {
    const pod = pods.get(shard);
    return pod !== undefined && isPodReady(pod) && snapshots.has(shard);
  };
  let count = bindings.shardCount === 0 ? shards : bindings.shardCount;
  while (count < shards && isThere(count)) count += 1;
  return Math.min(count, shards);
}

/** Not the SHA-256 of any token that anybody will ever find. */
const MATCHES_NOTHING = '00'.repeat(32);

export const bindable = ({ metadata, spec }: Producer): BindableProducer => ({
  name: metadata.name,
  weight: spec.weight,
  pinnedShard: spec.pinnedShard,
});

/** Hashes of the tokens, by producer; one whose Secret is missing must not be open to everybody. */
function tokensOf(
  producers: readonly Producer[],
  cache: Cache,
): { tokens: Map<string, string>; tokenless: Set<string> } {
  const tokens = new Map<string, string>();
  const tokenless = new Set<string>();
  for (const producer of producers) {
    const state = tokenState(producer, cache);
    if (state.kind === 'none') continue;
    const { name } = producer.metadata;
    if (state.kind === 'missing') tokenless.add(name);
    tokens.set(name, state.kind === 'token' ? state.sha256 : MATCHES_NOTHING);
  }
  return { tokens, tokenless };
}

/** A shard that is not wanted any more stays until nobody is there and all is committed. */
function neededReplicas(
  shards: number,
  running: number,
  ledger: BindingLedger,
  snapshots: ReadonlyMap<number, ShardSnapshot>,
): number {
  for (let shard = running - 1; shard >= shards; shard -= 1) {
    const snapshot = snapshots.get(shard);
    const isDrained =
      snapshot !== undefined && snapshot.committedPosition >= snapshot.durablePosition;
    if (!isDrained || !isVacated(shard, ledger, snapshot)) return shard + 1;
  }
  return shards;
}
