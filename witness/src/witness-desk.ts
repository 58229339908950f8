import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { ChangeRequest, RegionName, Register } from '@feedmill/core/region/register';
import type { ShardKey } from '@feedmill/core/region/register-message';
import {
  changeLedger,
  hear,
  openLedger,
  type ShardLedger,
} from '@feedmill/core/region/shard-ledger';
import { LIMITS } from './limits.ts';
import type { RegisterStore } from './register-store.ts';

export interface WitnessDeskOptions {
  readonly clock: Clock;
  readonly store: RegisterStore;
  /** A primary that has not renewed for so long may be replaced. */
  readonly takeoverAfterMs: number;
  /** The store may be an old copy: both regions are heard before anything is granted. */
  readonly isRestored: boolean;
  /** Names this life of the witness; never 0. */
  readonly session: bigint;
  readonly log: {
    info(fields: object, sentence: string): void;
    warn(fields: object, sentence: string): void;
  };
}

/** What a region says when it renews. */
export interface Renewal {
  readonly region: RegionName;
  readonly known: Register | undefined;
  /** Epoch that it is primary of; 0: it is not. */
  readonly primaryEpoch: number;
  /** The witness's life that it has heard last. */
  readonly session: bigint;
}

export interface RenewalAnswer {
  readonly register: Register | undefined;
  readonly isInDoubt: boolean;
  readonly primarySilentMs: number;
}

export interface ChangeAnswer {
  readonly isGranted: boolean;
  readonly why: string;
  readonly register: Register | undefined;
}

interface Page {
  ledger: ShardLedger;
  primaryHeardMs: number;
  /** Changes are written one after another. */
  writing: Promise<void>;
}

/** Keeps the registers, and the time since each primary was heard. */
export class WitnessDesk {
  readonly #options: WitnessDeskOptions;
  readonly #pages = new Map<string, Promise<Page>>();
  /** From here on silence counts: the start, or the end of a time in which nobody was heard. */
  #listeningSinceMs: number;
  #seenMs: number;

  constructor(options: WitnessDeskOptions) {
    this.#options = options;
    this.#listeningSinceMs = options.clock.monotonicMs();
    this.#seenMs = this.#listeningSinceMs;
  }

  get session(): bigint {
    return this.#options.session;
  }

  get shardCount(): number {
    return this.#pages.size;
  }

  /**
   * Notes that the process runs. A timer calls it, so that one that was stopped does not take its
   * own silence for that of the primaries: then it waits as after a start.
   */
  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#seenMs > LIMITS.stallMs) {
      const ms = Math.round(nowMs - this.#seenMs);
      this.#options.log.warn({ ms }, 'The witness stood still; it listens anew.');
      this.#listeningSinceMs = nowMs;
    }
    this.#seenMs = nowMs;
  }

  async renew(key: ShardKey, renewal: Renewal): Promise<RenewalAnswer> {
    const page = await this.#page(key);
    this.tick();
    // What a region knew before it heard of this life may be overtaken by an answer that it still
    // has on its way from the life before.
    if (renewal.known !== undefined && renewal.session === this.#options.session) {
      await this.#exclusively(page, () => this.#hear(key, page, renewal.region, renewal.known));
    }
    const { register, doubt } = page.ledger;
    const { region, primaryEpoch } = renewal;
    if (register?.primary === region && register.epoch === primaryEpoch) {
      page.primaryHeardMs = this.#options.clock.monotonicMs();
    }
    return {
      register,
      isInDoubt: doubt !== undefined,
      primarySilentMs: this.#silentMs(page),
    };
  }

  async change(key: ShardKey, request: ChangeRequest): Promise<ChangeAnswer> {
    const page = await this.#page(key);
    this.tick();
    return await this.#exclusively(page, () => this.#change(key, page, request));
  }

  async #hear(
    key: ShardKey,
    page: Page,
    region: RegionName,
    known: Register | undefined,
  ): Promise<void> {
    if (known === undefined) return;
    const before = page.ledger;
    const ledger = hear(before, region, known);
    if (ledger === before) return;
    const fields = { ...key, region, known, register: before.register };
    if (ledger.doubt !== undefined) {
      this.#options.log.warn(fields, 'A region knows a newer register: this one is an old copy.');
      page.ledger = ledger;
      return;
    }
    const { register } = ledger;
    if (register !== undefined && register !== before.register) {
      if (!(await this.#store(key, before.register, register))) return;
    }
    page.ledger = ledger;
    this.#options.log.info({ ...key, register }, 'Both regions have spoken; the newest counts.');
  }

  async #change(key: ShardKey, page: Page, request: ChangeRequest): Promise<ChangeAnswer> {
    const before = page.ledger.register;
    const refused = (why: string): ChangeAnswer => ({ isGranted: false, why, register: before });
    const early = this.#tooEarly(page, request);
    if (early !== undefined) return refused(early);
    const { ledger, result } = changeLedger(page.ledger, request);
    if (result.kind === 'refused') return refused(result.why);
    const { register } = result;
    if (!(await this.#store(key, before, register))) {
      page.ledger = openLedger(await this.#options.store.load(key), false);
      return refused('another witness has changed the register');
    }
    page.ledger = ledger;
    page.primaryHeardMs = this.#options.clock.monotonicMs();
    const { region, change } = request;
    this.#options.log.info({ ...key, region, change, register }, `Granted: ${change.kind}.`);
    return { isGranted: true, why: '', register };
  }

  /** Only a promotion waits for silence, so that nobody is replaced who lives. */
  #tooEarly(page: Page, { change }: ChangeRequest): string | undefined {
    if (change.kind !== 'promote') return undefined;
    const silentMs = this.#silentMs(page);
    const { takeoverAfterMs } = this.#options;
    if (silentMs >= takeoverAfterMs) return undefined;
    return `the primary was heard ${Math.round(silentMs)} ms ago, ${takeoverAfterMs} must pass`;
  }

  #silentMs({ primaryHeardMs }: Page): number {
    const sinceMs = Math.max(primaryHeardMs, this.#listeningSinceMs);
    return this.#options.clock.monotonicMs() - sinceMs;
  }

  /** A write that failed may be there or not: the page is read again before it counts. */
  async #store(key: ShardKey, before: Register | undefined, after: Register): Promise<boolean> {
    try {
      return await this.#options.store.replace(key, before, after);
    } catch (error) {
      this.#pages.delete(nameOf(key));
      throw error;
    }
  }

  #page(key: ShardKey): Promise<Page> {
    const name = nameOf(key);
    const known = this.#pages.get(name);
    if (known !== undefined) return known;
    if (this.#pages.size >= LIMITS.shardsMax) {
      const message = `${LIMITS.shardsMax} shards are kept already; start another witness.`;
      return Promise.reject(new FeedmillError('WITNESS_STORE', message));
    }
    const page = this.#openPage(key);
    this.#pages.set(name, page);
    page.catch(() => this.#pages.delete(name));
    return page;
  }

  async #openPage(key: ShardKey): Promise<Page> {
    const { store, isRestored } = this.#options;
    const ledger = openLedger(await store.load(key), isRestored);
    return { ledger, primaryHeardMs: this.#listeningSinceMs, writing: Promise.resolve() };
  }

  async #exclusively<T>(page: Page, run: () => Promise<T>): Promise<T> {
    const mine = page.writing.then(run);
    page.writing = mine.then(
      () => undefined,
      () => undefined,
    );
    return await mine;
  }
}

const nameOf = ({ clusterId, shard }: ShardKey): string => `${clusterId}/${shard}`;
