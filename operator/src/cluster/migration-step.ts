import type { Clock } from '@feedmill/core/clock';
import { buildMigration, migrationName } from '../build/migration.ts';
import type { Cache } from '../cache.ts';
import { contentHash } from '../content-hash.ts';
import type { Applier } from '../kube/applier.ts';
import type { OperatorLimits } from '../limits.ts';
import type { Job, Pod } from '../objects.ts';
import { lastWords, podTrouble, schedulingTrouble } from '../pod-trouble.ts';
import { JOBS } from '../resources.ts';
import type { CachedView } from './cluster-view.ts';

const KEY_DIGITS = 10;

/** How the schema of one image in one database stands. */
export type Migration =
  | { readonly state: 'done'; readonly key: string }
  | { readonly state: 'running'; readonly key: string }
  /** It has not begun, for something that does not pass by itself, such as an image. */
  | { readonly state: 'stuck'; readonly key: string; readonly why: string }
  | { readonly state: 'failed'; readonly key: string; readonly why: string };

/** Runs the migrations, one for each pair of image and database, and tries failed ones again. */
export class MigrationStep {
  readonly #cache: Cache;
  readonly #applier: Applier;
  readonly #clock: Clock;
  readonly #limits: OperatorLimits;
  /** When a failed Job was first seen so, by its uid. */
  readonly #failedSinceMs = new Map<string, number>();
  /** Since when a Job has had a trouble, by its uid. */
  readonly #troubledSinceMs = new Map<string, number>();

  constructor(cache: Cache, applier: Applier, clock: Clock, limits: OperatorLimits) {
    this.#cache = cache;
    this.#applier = applier;
    this.#clock = clock;
    this.#limits = limits;
  }

  async advance(
    view: CachedView,
    migrated: string | undefined,
    image: string,
    digest: string,
  ): Promise<Migration> {
    const key = contentHash([image, digest]).slice(0, KEY_DIGITS);
    const { cluster, name, namespace, owners } = view;
    await this.#removeOthers(view, key);
    if (migrated === key) return { state: 'done', key };
    const live = this.#cache.jobs.get(namespace, migrationName(name, key));
    if ((live?.status?.succeeded ?? 0) > 0) return { state: 'done', key };
    const why = troubleOf(podsOf(view.migrationPods, migrationName(name, key)));
    if (live !== undefined && hasFailed(live)) {
      await this.#removeLater(live);
      return { state: 'failed', key, why: why ?? 'the migration did not end in time' };
    }
    if (live?.metadata.deletionTimestamp === undefined) {
      await this.#applier.ensure(JOBS, buildMigration(cluster, image, key), owners, live);
    }
    const { uid = '' } = live?.metadata ?? {};
    if (why === undefined) {
      this.#troubledSinceMs.delete(uid);
      return { state: 'running', key };
    }
    // A trouble that passes by itself is none.
    const isStuck = this.#lastedMs(this.#troubledSinceMs, uid) >= this.#limits.troubleGraceMs;
    return isStuck ? { state: 'stuck', key, why } : { state: 'running', key };
  }

  /** For how long something has been so, of which this is asked again and again. */
  #lastedMs(since: Map<string, number>, uid: string): number {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = since.get(uid) ?? nowMs;
    since.set(uid, sinceMs);
    return nowMs - sinceMs;
  }

  /** It is made anew by the next reconcile after that. */
  async #removeLater(job: Job): Promise<void> {
    const { uid = '' } = job.metadata;
    if (this.#lastedMs(this.#failedSinceMs, uid) < this.#limits.migrationRetryMs) return;
    await this.#remove(job);
  }

  async #remove(job: Job): Promise<void> {
    const { uid = '' } = job.metadata;
    this.#failedSinceMs.delete(uid);
    this.#troubledSinceMs.delete(uid);
    await this.#applier.remove(JOBS, job);
  }

  /** A migration of an image that is not wanted any more must not run beside. */
  async #removeOthers({ name, namespace, cluster }: CachedView, key: string): Promise<void> {
    const prefix = migrationName(name, '');
    for (const job of this.#cache.jobs.in(namespace)) {
      const isOurs = job.metadata.ownerReferences?.some(({ uid }) => uid === cluster.metadata.uid);
      const isOther = job.metadata.name.startsWith(prefix) && !job.metadata.name.endsWith(key);
      if (isOurs === true && isOther) await this.#remove(job);
    }
  }
}

const hasFailed = ({ status }: Job): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Failed' && is === 'True') === true;

const podsOf = (pods: readonly Pod[], job: string): Pod[] =>
  pods
    .filter(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-name'] === job)
    .sort((a, b) => (startOf(a) < startOf(b) ? 1 : -1));

const startOf = ({ metadata }: Pod): string => metadata.creationTimestamp ?? '';

/** The newest that is in the way. */
function troubleOf(pods: readonly Pod[]): string | undefined {
  for (const pod of pods) {
    const why =
      podTrouble(pod) ?? schedulingTrouble(pod) ?? lastWords(pod.status?.containerStatuses?.[0]);
    if (why !== undefined) return why;
  }
  return undefined;
}
