import type { Clock } from '@feedmill/core/clock';
import type { RegionStatus } from '@feedmill/core/control/region-status';
import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import type { RegionSwitchoverStatus, SwitchoverStep } from '../api/region-switchover.ts';
import type { Cache } from '../cache.ts';
import { judge } from '../conditions.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { type ObjectKey, objectKey, splitKey } from '../kube/kube-object.ts';
import { apiVersionOf } from '../kube/resource.ts';
import type { OperatorLimits } from '../limits.ts';
import type { RegionSwitchover, StreamCluster } from '../objects.ts';
import { REGION_SWITCHOVERS } from '../resources.ts';
import type { WorkerWatch } from '../worker/worker-watch.ts';
import {
  begunStep,
  doneStep,
  findingsOf,
  hasEnded,
  isOverdue,
  type Progress,
} from './switchover-progress.ts';
import { switchoverRefusal } from './switchover-refusal.ts';

const STATUS_MANAGER = 'feedmill-switchover-status';

export interface SwitchoverReconcilerOptions {
  readonly cache: Cache;
  readonly client: KubeClient;
  readonly workers: WorkerWatch;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly limits: OperatorLimits;
}

/** A shard that is not where it shall be, and why. */
interface Remaining {
  readonly shard: number;
  readonly why: string;
}

/**
 * Hands all shards of a StreamCluster over to the other region, once. Every step is written into
 * the status before it is begun, so that the next leader goes on with it; what each shard needs is
 * asked of its worker every time, so that nothing is done twice.
 */
export class SwitchoverReconciler {
  readonly #options: SwitchoverReconcilerOptions;

  constructor(options: SwitchoverReconcilerOptions) {
    this.#options = options;
  }

  /** @returns after how many ms to look again; undefined: when something changes */
  async reconcile(key: ObjectKey): Promise<number | undefined> {
    const { cache, limits } = this.#options;
    const { namespace, name } = splitKey(key);
    const switchover = cache.switchovers.get(namespace, name);
    if (switchover === undefined || hasEnded(switchover.status?.phase)) return undefined;
    const cluster = cache.clusters.get(namespace, switchover.spec.clusterRef.name);
    const progress = await this.#advance(switchover, cluster);
    await this.#report(switchover, progress);
    return hasEnded(progress.phase) ? undefined : limits.underWayMs;
  }

  async #advance(
    { spec, status }: RegionSwitchover,
    cluster: StreamCluster | undefined,
  ): Promise<Progress> {
    const { clock, limits } = this.#options;
    const steps = status?.steps ?? [];
    const refusal = switchoverRefusal(spec, cluster);
    if (refusal !== undefined || cluster === undefined) {
      const { reason = '', message = '' } = refusal ?? {};
      return { phase: 'Failed', steps, reason, message };
    }
    const sync = steps.find(({ name }) => name === 'InSync');
    const handOver = steps.find(({ name }) => name === 'HandOver');
    if (handOver !== undefined) return await this.#handOver(cluster, spec, steps, handOver);
    if (spec.mode === 'Forced') {
      const only = begunStep('HandOver', clock.wallNanos(), limits.switchoverMs);
      const message = `It begins: ${spec.to} takes over by force.`;
      return { phase: 'HandingOver', steps: [only], reason: 'HandingOver', message };
    }
    if (sync === undefined) {
      const first = begunStep('InSync', clock.wallNanos(), limits.switchoverSyncMs);
      const message = `It begins: are ${spec.from} and ${spec.to} in sync?`;
      return { phase: 'Synchronizing', steps: [first], reason: 'Synchronizing', message };
    }
    return await this.#awaitSync(cluster, spec.to, sync);
  }

  async #awaitSync(cluster: StreamCluster, to: string, sync: SwitchoverStep): Promise<Progress> {
    const { clock, limits } = this.#options;
    const waiting = await this.#eachShard(cluster, (region) => {
      if (isThere(region, to)) return undefined;
      if (region.role !== 'primary') return `its worker is ${region.role} (${region.why})`;
      return region.inSync ? undefined : `${to} does not hold all of it`;
    });
    const now = clock.wallNanos();
    if (waiting.length > 0) {
      const isOver = isOverdue(sync, now);
      return {
        phase: isOver ? 'Failed' : 'Synchronizing',
        steps: [sync],
        reason: isOver ? 'NotInSync' : 'Synchronizing',
        message: `${remainingText(waiting)}. ${isOver ? 'Nothing was changed.' : 'It waits.'}`,
      };
    }
    const { shards } = cluster.spec;
    return {
      phase: 'HandingOver',
      steps: [
        doneStep(sync, now, `${plural(shards, 'shard')} in sync.`),
        begunStep('HandOver', now, limits.switchoverMs),
      ],
      reason: 'HandingOver',
      message: `${plural(shards, 'shard')} in sync; ${to} takes over now.`,
    };
  }

  async #handOver(
    cluster: StreamCluster,
    { to, mode }: RegionSwitchover['spec'],
    steps: readonly SwitchoverStep[],
    step: SwitchoverStep,
  ): Promise<Progress> {
    const { clock, limits } = this.#options;
    const isForced = mode === 'Forced';
    const remaining = await this.#eachShard(cluster, async (region, control) => {
      if (isForced ? isPrimary(region, to) : isThere(region, to)) return undefined;
      const now = await control.handOver(limits.handOverMs, isForced);
      return now.primary === to ? undefined : `${now.primary} is its primary`;
    });
    const now = clock.wallNanos();
    const { shards } = cluster.spec;
    if (remaining.length === 0) {
      const message = `${plural(shards, 'shard')} in ${to}.`;
      const done = steps.map((each) => (each === step ? doneStep(step, now, message) : each));
      return { phase: 'Complete', steps: done, reason: 'Complete', message };
    }
    const isOver = isOverdue(step, now);
    const text = remainingText(remaining);
    return {
      phase: isOver ? 'Failed' : 'HandingOver',
      steps,
      reason: isOver ? 'NotHandedOver' : 'HandingOver',
      message: isOver
        ? `${text}. ${plural(remaining.length, 'shard')} of ${shards} stayed; they go on there.`
        : `${text}. It tries again.`,
    };
  }

  /** Asks every shard's worker; what `look` says, or a failure, is why the shard remains. */
  async #eachShard(
    cluster: StreamCluster,
    look: (
      region: RegionStatus,
      control: NonNullable<ReturnType<WorkerWatch['control']>>,
    ) => Promise<string | undefined> | string | undefined,
  ): Promise<Remaining[]> {
    const { workers } = this.#options;
    const { name, namespace = '' } = cluster.metadata;
    const key = objectKey(namespace, name);
    workers.hurry(key);
    const shards = Array.from({ length: cluster.spec.shards }, (_, shard) => shard);
    const whys = await Promise.all(
      shards.map(async (shard) => {
        const control = workers.control(key, shard);
        if (control === undefined) return 'its worker does not run';
        try {
          const { region } = await control.getState();
          return region === undefined
            ? 'its worker knows of one region alone'
            : await look(region, control);
        } catch (error) {
          return FeedmillError.from(error).message;
        }
      }),
    );
    return shards.flatMap((shard) => {
      const why = whys[shard];
      return why === undefined ? [] : [{ shard, why }];
    });
  }

  async #report(switchover: RegionSwitchover, progress: Progress): Promise<void> {
    const { client, events, clock } = this.#options;
    const { name, namespace = '', generation = 0 } = switchover.metadata;
    const { conditions, happenings } = judge(
      findingsOf(progress),
      switchover.status?.conditions,
      generation,
      clock.wallNanos(),
    );
    const status: RegionSwitchoverStatus = {
      observedGeneration: generation,
      phase: progress.phase,
      steps: [...progress.steps],
      conditions: [...conditions],
    };
    const object = { metadata: { name, namespace }, status };
    await client.apply(REGION_SWITCHOVERS, object, STATUS_MANAGER, 'status');
    const { kind } = REGION_SWITCHOVERS;
    const subject = { apiVersion: apiVersionOf(REGION_SWITCHOVERS), kind, object: switchover };
    for (const happening of happenings) await events.record(subject, happening);
  }
}

/** Whether the other region has the shard already. */
const isThere = ({ primary, role }: RegionStatus, to: string): boolean =>
  primary === to && role !== 'primary' && role !== 'handing over';

const isPrimary = ({ name, role }: RegionStatus, to: string): boolean =>
  name === to && role === 'primary';

const remainingText = (remaining: readonly Remaining[]): string =>
  remaining.map(({ shard, why }) => `Shard ${shard}: ${why.replace(/\.$/, '')}`).join('; ');
