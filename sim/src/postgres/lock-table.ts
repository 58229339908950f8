import type { Scheduler } from '../kernel/scheduler.ts';
import { PgServerError } from './pg-server-error.ts';

/** Who holds locks: a transaction. */
export interface LockOwner {
  readonly name: string;
  /** The key that it waits for. */
  waitsFor: string | undefined;
}

interface Waiter {
  readonly owner: LockOwner;
  grant(): void;
  fail(error: PgServerError): void;
}

interface Lock {
  holder: LockOwner;
  readonly waiters: Waiter[];
}

/** After this a waiter looks whether everybody waits for everybody (deadlock_timeout). */
const DEADLOCK_LOOK_MS = 1_000;

/** Locks of rows, exclusive, granted in the order in which they were asked for. */
export class LockTable {
  readonly #scheduler: Scheduler;
  readonly #locks = new Map<string, Lock>();
  readonly #held = new Map<LockOwner, Set<string>>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Undefined where the lock is free or held already, else when it is granted. */
  acquire(owner: LockOwner, key: string, timeoutMs: number): Promise<void> | undefined {
    const lock = this.#locks.get(key);
    if (lock === undefined) {
      this.#locks.set(key, { holder: owner, waiters: [] });
      this.#note(owner, key);
      return undefined;
    }
    if (lock.holder === owner) return undefined;
    return this.#wait(owner, key, lock, timeoutMs);
  }

  /** The transaction is over. */
  releaseAll(owner: LockOwner): void {
    const keys = this.#held.get(owner) ?? [];
    this.#held.delete(owner);
    for (const key of keys) this.#release(key);
  }

  /** Whoever waits gets the error instead. */
  interrupt(owner: LockOwner, error: PgServerError): void {
    const key = owner.waitsFor;
    const waiters = key === undefined ? undefined : this.#locks.get(key)?.waiters;
    waiters?.find((waiter) => waiter.owner === owner)?.fail(error);
  }

  #wait(owner: LockOwner, key: string, lock: Lock, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      owner.waitsFor = key;
      const leave = (): void => {
        owner.waitsFor = undefined;
        for (const timer of timers) this.#scheduler.cancel(timer);
        const at = lock.waiters.indexOf(waiter);
        if (at >= 0) lock.waiters.splice(at, 1);
      };
      const waiter: Waiter = {
        owner,
        grant: () => {
          leave();
          this.#note(owner, key);
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const timers = [
        this.#scheduler.after(timeoutMs, 'pg lock timeout', () =>
          waiter.fail(new PgServerError('55P03', 'canceling statement due to lock timeout')),
        ),
        this.#scheduler.after(DEADLOCK_LOOK_MS, 'pg deadlock check', () => {
          if (this.#isDeadlocked(owner)) {
            waiter.fail(new PgServerError('40P01', 'deadlock detected'));
          }
        }),
      ];
      lock.waiters.push(waiter);
    });
  }

  #isDeadlocked(start: LockOwner): boolean {
    const seen = new Set<LockOwner>();
    let at: LockOwner | undefined = start;
    while (at?.waitsFor !== undefined && !seen.has(at)) {
      seen.add(at);
      at = this.#locks.get(at.waitsFor)?.holder;
      if (at === start) return true;
    }
    return false;
  }

  #note(owner: LockOwner, key: string): void {
    const held = this.#held.get(owner);
    if (held === undefined) this.#held.set(owner, new Set([key]));
    else held.add(key);
  }

  #release(key: string): void {
    const lock = this.#locks.get(key);
    const next = lock?.waiters[0];
    if (lock === undefined || next === undefined) {
      this.#locks.delete(key);
      return;
    }
    lock.holder = next.owner;
    next.grant();
  }
}
