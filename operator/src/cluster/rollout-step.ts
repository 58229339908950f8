import type { Clock } from '@feedmill/core/clock';
import { buildSettings } from '../build/settings.ts';
import { buildPodTemplate, buildStatefulSet, templateHash } from '../build/stateful-set.ts';
import { contentHash } from '../content-hash.ts';
import type { Applier } from '../kube/applier.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import type { ObjectKey } from '../kube/kube-object.ts';
import type { LedgerStore } from '../ledger-store.ts';
import type { OperatorLimits } from '../limits.ts';
import { ANNOTATIONS, rolloutMap } from '../names.ts';
import { isPodReady, type Pod, type PodTemplate } from '../objects.ts';
import { podTrouble } from '../pod-trouble.ts';
import { PODS, STATEFUL_SETS } from '../resources.ts';
import { isCaughtUp } from '../worker/worker-watch.ts';
import type { ClusterView } from './cluster-view.ts';
import { planRollout, type RolloutLedger, type RolloutStep, type ShardPod } from './rollout.ts';
import { smallestVolume } from './volume-step.ts';

const MS_PER_SECOND = 1_000;

export interface RolloutStepOptions {
  readonly client: KubeClient;
  readonly applier: Applier;
  readonly ledgers: LedgerStore<RolloutLedger>;
  readonly clock: Clock;
  readonly limits: OperatorLimits;
}

interface Waiting {
  readonly waitingFor: string | undefined;
  readonly sinceMs: number;
}

/** Brings the workers to the wanted template, one shard at a time, and back where that fails. */
export class RolloutStepper {
  readonly #options: RolloutStepOptions;
  readonly #waiting = new Map<ObjectKey, Waiting>();

  constructor(options: RolloutStepOptions) {
    this.#options = options;
  }

  /** The template that image, settings and secret ask for. */
  wanted(view: ClusterView, image: string, digest: string): PodTemplate {
    const settings = buildSettings(view.cluster, smallestVolume(view)).data;
    return buildPodTemplate(view.cluster, { image, settingsHash: contentHash([settings, digest]) });
  }

  /**
   * @param wanted undefined while it may not be rolled out: then all stays as it is
   * @param replicas shards that have to have a worker
   * @param migrated newest image and database whose schema is in place
   * @returns undefined where there are no workers yet and there may be none
   */
  async advance(
    view: ClusterView,
    wanted: PodTemplate | undefined,
    replicas: number,
    migrated: string | undefined,
  ): Promise<RolloutStep | undefined> {
    const { clock, limits } = this.#options;
    const template = wanted ?? view.rollout.good;
    if (template === undefined) return undefined;
    const ledger = { ...view.rollout, ...(migrated === undefined ? {} : { migrated }) };
    const known = this.#waiting.get(view.key);
    const nowMs = clock.monotonicMs();
    const step = planRollout({
      wanted: template,
      ledger,
      replicas,
      pods: [...view.pods].flatMap(([shard, pod]) => shardPod(view, shard, pod)),
      unsettledMs: nowMs - (known?.sinceMs ?? nowMs),
      waitingFor: known?.waitingFor,
      deadlineMs: view.cluster.spec.update.shardDeadlineSeconds * MS_PER_SECOND,
      troubleGraceMs: limits.troubleGraceMs,
    });
    if (known === undefined || known.waitingFor !== step.waitingFor) {
      this.#waiting.set(view.key, { waitingFor: step.waitingFor, sinceMs: nowMs });
    }
    // Remembered before it is acted on: whoever takes over goes on from here.
    if (contentHash(step.ledger) !== contentHash(view.rollout)) {
      await this.#remember(view, step.ledger);
    }
    await this.#apply(view, step, replicas);
    return step;
  }

  forget(key: ObjectKey): void {
    this.#waiting.delete(key);
  }

  async #remember(view: ClusterView, ledger: RolloutLedger): Promise<void> {
    const { name, namespace, owners } = view;
    const place = { namespace, name: rolloutMap(name), cluster: name };
    await this.#options.ledgers.write(place, owners, view.rolloutMap, ledger);
  }

  async #apply(view: ClusterView, step: RolloutStep, replicas: number): Promise<void> {
    const { applier, client } = this.#options;
    const { cluster, statefulSet, owners, pods } = view;
    if (statefulSet?.metadata.deletionTimestamp !== undefined) return;
    const desired = buildStatefulSet(cluster, step.template, replicas, step.partition);
    const live = await applier.ensure(
      STATEFUL_SETS,
      // The volumes' template of a StatefulSet cannot be changed; see volume-step.
      statefulSet === undefined ? desired : withVolumesOf(desired, statefulSet),
      owners,
      statefulSet,
    );
    if (templateHash(live.spec.template) !== templateHash(step.template)) return;
    for (const shard of step.hopeless) {
      const pod = pods.get(shard);
      if (pod?.metadata.deletionTimestamp === undefined && pod !== undefined) {
        await client.delete(PODS, pod);
      }
    }
  }
}

function withVolumesOf<T extends { readonly spec: object }>(
  desired: T,
  { spec }: { readonly spec: { readonly volumeClaimTemplates?: readonly unknown[] } },
): T {
  const sizes = spec.volumeClaimTemplates as readonly { spec?: { resources?: unknown } }[];
  const { volumeClaimTemplates } = desired.spec as {
    volumeClaimTemplates: readonly { spec: object }[];
  };
  return {
    ...desired,
    spec: {
      ...desired.spec,
      volumeClaimTemplates: volumeClaimTemplates.map((each, at) => ({
        ...each,
        spec: { ...each.spec, resources: sizes[at]?.spec?.resources },
      })),
    },
  };
}

function shardPod({ snapshots }: ClusterView, shard: number, pod: Pod): ShardPod[] {
  if (pod.metadata.deletionTimestamp !== undefined) return [];
  const snapshot = snapshots.get(shard);
  return [
    {
      shard,
      hash: pod.metadata.annotations?.[ANNOTATIONS.template] ?? '',
      isReady: isPodReady(pod),
      isCaughtUp: snapshot !== undefined && isCaughtUp(snapshot),
      trouble: podTrouble(pod),
    },
  ];
}
