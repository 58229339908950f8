import type { EpochNanos } from '@feedmill/core/brand';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { Random } from '@feedmill/core/random';
import type { OperatorLimits } from '../limits.ts';
import { isConflict } from './api-failure.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-object.ts';
import { LEASES } from './lease.ts';
import { microTime, nanosOf } from './micro-time.ts';

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface ElectorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Ours, different from every other candidate's, also after a restart. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: OperatorLimits;
  readonly log: {
    info(fields: object, sentence: string): void;
    warn(fields: object, sentence: string): void;
  };
}

/** How we came to lead. */
export interface Leadership {
  /** When the one before us renewed last; undefined where it gave the lease back, or none was. */
  readonly abandonedSince: EpochNanos | undefined;
}

/**
 * Elects one of several replicas by a Lease. Who takes it writes it with the resourceVersion that
 * was read, so of two only one succeeds. Other machines' clocks are never trusted: a lease counts
 * as abandoned when it has not changed for its whole duration on our own monotonic clock.
 *
 * The elector decides when to act. That a replica which lost the lease does no harm rests on it
 * ending before the lease can be taken (leaseRenewMs < leaseMs), and on `assertLeading` before each
 * change, which holds after a stalled event loop, too.
 */
export class Elector {
  readonly #options: ElectorOptions;
  /** The lease as it was seen last, and when it was first seen so. */
  #seen: { readonly fingerprint: string; readonly sinceMs: number } | undefined;
  /** When the last renewal that succeeded was sent; undefined while we do not lead. */
  #renewedMs: number | undefined;

  constructor(options: ElectorOptions) {
    this.#options = options;
  }

  get isLeading(): boolean {
    if (this.#renewedMs === undefined) return false;
    const { clock, limits } = this.#options;
    return clock.monotonicMs() - this.#renewedMs < limits.leaseRenewMs;
  }

  /** @throws FeedmillError LEADERSHIP_LOST */
  assertLeading(): void {
    if (this.isLeading) return;
    throw new FeedmillError(
      'LEADERSHIP_LOST',
      `${this.#options.identity} does not lead, or has not renewed its lease in time; it changes ` +
        'nothing any more.',
    );
  }

  /** Resolves as soon as we lead; undefined when `signal` aborts before. */
  async acquire(signal: AbortSignal): Promise<Leadership | undefined> {
    const { clock, limits, log, identity } = this.#options;
    while (!signal.aborted) {
      try {
        const leadership = await this.#tryAcquire();
        if (leadership !== undefined) {
          log.info({ identity }, 'This replica leads.');
          return leadership;
        }
      } catch (error) {
        const { message } = FeedmillError.from(error);
        log.warn({ error: message }, 'The lease cannot be looked at.');
      }
      await sleep(clock, this.#jittered(limits.leaseRetryMs), signal);
    }
    return undefined;
  }

  /**
   * Keeps the lease until `signal` aborts, and then gives it back, so that another replica need not
   * wait for it to run out.
   *
   * @throws FeedmillError LEADERSHIP_LOST where somebody else has it, or it could not be renewed
   *   within leaseRenewMs: the process has to end
   */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, limits, log } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, limits.leaseRetryMs, signal);
      if (signal.aborted) break;
      // After a stall the lease may be somebody's already; renewing it late could only hide that.
      this.assertLeading();
      try {
        await this.#renew();
      } catch (error) {
        const failure = FeedmillError.from(error);
        if (failure.code === 'LEADERSHIP_LOST') throw failure;
        log.warn({ error: failure.message }, 'The lease cannot be renewed; tried again.');
      }
    }
    await this.#release();
  }

  async #release(): Promise<void> {
    if (!this.isLeading) return;
    this.#renewedMs = undefined;
    const { client, namespace, name, identity, log } = this.#options;
    try {
      const lease = await client.find<Lease>(LEASES, namespace, name);
      if (lease?.spec?.holderIdentity !== identity) return;
      const spec: LeaseSpec = {
        ...lease.spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        renewTime: this.#now(),
      };
      await client.update(LEASES, { ...lease, spec } as Lease);
      log.info({ identity }, 'The lease is given back.');
    } catch (error) {
      const { message } = FeedmillError.from(error);
      log.warn({ error: message }, 'The lease cannot be given back; it runs out by itself.');
    }
  }

  async #tryAcquire(): Promise<Leadership | undefined> {
    const { client, namespace, name, clock } = this.#options;
    const lease = await client.find<Lease>(LEASES, namespace, name);
    const sentMs = clock.monotonicMs();
    try {
      if (lease === undefined) {
        const metadata = { name, namespace };
        await client.create(LEASES, { metadata, spec: this.#spec(undefined) } as Lease);
      } else {
        if (!this.#isFree(lease)) return undefined;
        await client.update(LEASES, { ...lease, spec: this.#spec(lease.spec) } as Lease);
      }
    } catch (error) {
      // Another candidate was faster.
      if (isConflict(error)) return undefined;
      throw error;
    }
    this.#renewedMs = sentMs;
    const isAbandoned = (lease?.spec?.holderIdentity ?? '') !== '';
    return { abandonedSince: isAbandoned ? nanosOf(lease?.spec?.renewTime) : undefined };
  }

  async #renew(): Promise<void> {
    const { client, namespace, name, identity, clock } = this.#options;
    const sentMs = clock.monotonicMs();
    const lease = await client.get<Lease>(LEASES, namespace, name);
    if (lease.spec?.holderIdentity !== identity) {
      throw new FeedmillError(
        'LEADERSHIP_LOST',
        `The lease ${namespace}/${name} is held by '${lease.spec?.holderIdentity ?? ''}' now.`,
      );
    }
    await client.update(LEASES, {
      ...lease,
      spec: { ...lease.spec, renewTime: this.#now() },
    } as Lease);
    this.#renewedMs = sentMs;
  }

  /** Given back, or unchanged for its whole duration while we were looking. */
  #isFree(lease: Lease): boolean {
    const { clock, limits } = this.#options;
    const { holderIdentity = '' } = lease.spec ?? {};
    if (holderIdentity === '') return true;
    const fingerprint = lease.metadata.resourceVersion ?? '';
    const nowMs = clock.monotonicMs();
    if (this.#seen?.fingerprint !== fingerprint) {
      this.#seen = { fingerprint, sinceMs: nowMs };
      return false;
    }
    const seconds = lease.spec?.leaseDurationSeconds;
    const leaseMs = seconds === undefined ? limits.leaseMs : seconds * 1_000;
    return nowMs - this.#seen.sinceMs >= leaseMs;
  }

  #spec(before: LeaseSpec | undefined): LeaseSpec {
    const { identity, limits } = this.#options;
    const now = this.#now();
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(limits.leaseMs / 1_000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + 1,
    };
  }

  #now(): string {
    return microTime(this.#options.clock.wallNanos());
  }

  #jittered(ms: number): number {
    return ms * (1 + this.#options.random() / 5);
  }
}
