import { Backoff } from '@feedmill/core/backoff';
import { type Clock, sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { Random } from '@feedmill/core/random';
import type { OperatorLimits } from '../limits.ts';
import { apiRefused, apiStatusOf, isExpired } from './api-failure.ts';
import type { KubeClient, Selection } from './kube-client.ts';
import type { KubeObject, ObjectKey } from './kube-object.ts';
import { type ObjectChange, ObjectStore } from './object-store.ts';
import type { Resource } from './resource.ts';
import { WatchLines } from './watch-lines.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly selection: Selection;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: OperatorLimits;
  /** What is kept of an object; by default all of it. */
  readonly project?: (object: T) => T;
  readonly onChange: (change: ObjectChange<T>) => void;
  readonly log: { warn(fields: object, sentence: string): void };
}

/** What a reflector is at. */
export type ReflectorState =
  /** Reads everything, page by page. */
  | 'listing'
  /** Is told of each change. */
  | 'watching'
  /** Waits after a failure. */
  | 'waiting'
  | 'stopped';

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/**
 * Keeps the objects of one kind as the API server has them: lists them, follows the watch from
 * there, and comes back from everything that can happen to either. What was missed in between shows
 * in the next list.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #objects: ObjectStore<T>;
  readonly #backoff: Backoff;
  readonly #syncedPromise: Promise<void>;
  #resolveSynced: () => void = () => undefined;
  #state: ReflectorState = 'waiting';
  #isSynced = false;
  /** Where the watch goes on; undefined when everything has to be listed. */
  #resourceVersion: string | undefined;
  #relistAtMs = 0;
  #isPaged = true;
  #lastNewsMs: number;

  constructor(options: ReflectorOptions<T>) {
    const { limits, random, clock } = options;
    this.#options = options;
    this.#objects = new ObjectStore(limits.tombstonesMax);
    this.#backoff = new Backoff(limits.reflectorRetryBaseMs, limits.reflectorRetryCapMs, random);
    this.#lastNewsMs = clock.monotonicMs();
    this.#syncedPromise = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get resource(): Resource {
    return this.#options.resource;
  }

  get state(): ReflectorState {
    return this.#state;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves once everything was listed for the first time. */
  get synced(): Promise<void> {
    return this.#syncedPromise;
  }

  /** How long the server has said nothing, not even a bookmark. */
  get silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastNewsMs;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Runs until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#listWhereNeeded(signal);
        if (!signal.aborted) await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(FeedmillError.from(error), signal);
      }
    }
    this.#state = 'stopped';
  }

  async #listWhereNeeded(signal: AbortSignal): Promise<void> {
    const { client, clock, limits, random, resource, selection } = this.#options;
    const isDue = clock.monotonicMs() >= this.#relistAtMs;
    if (this.#resourceVersion !== undefined && !isDue) return;
    this.#state = 'listing';
    const limit = this.#isPaged ? limits.listPageObjects : 0;
    let page = await client.list<T>(resource, selection, { limit, next: '' });
    const items = [...page.items];
    while (page.next !== '' && !signal.aborted) {
      // Where the pages outlive what the server remembers, the next try takes all in one.
      this.#isPaged = false;
      page = await client.list<T>(resource, selection, { limit, next: page.next });
      items.push(...page.items);
    }
    if (signal.aborted) return;
    this.#isPaged = true;
    this.#heard();
    this.#resourceVersion = page.resourceVersion;
    this.#relistAtMs = clock.monotonicMs() + limits.relistMs * (1 + random() / 4);
    this.#tell(this.#objects.replace(items.map((item) => this.#projected(item))));
    this.#isSynced = true;
    this.#resolveSynced();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, clock, limits, random, resource, selection } = this.#options;
    const resourceVersion = this.#resourceVersion ?? '';
    const untilRelistMs = this.#relistAtMs - clock.monotonicMs();
    const timeoutMs = Math.max(1_000, Math.min(limits.watchMs * (1 + random()), untilRelistMs));
    const lines = new WatchLines(limits.watchLineBytesMax);
    const startedMs = clock.monotonicMs();
    this.#state = 'watching';
    let failure: FeedmillError | undefined;
    const cut = new AbortController();
    const onText = (text: string): void => {
      if (failure !== undefined) return;
      try {
        for (const line of lines.add(text)) this.#onEvent(JSON.parse(line) as WatchEvent<T>);
      } catch (error) {
        failure = FeedmillError.from(error, 'API_UNAVAILABLE');
        cut.abort();
      }
    };
    try {
      await client.watch(
        resource,
        selection,
        { resourceVersion, timeoutMs },
        { silenceMs: limits.watchSilenceMs, signal: AbortSignal.any([signal, cut.signal]) },
        { onText },
      );
    } catch (error) {
      throw failure ?? error;
    }
    if (failure !== undefined) throw failure;
    // A server that ends each watch at once must not be asked in a tight ring.
    if (clock.monotonicMs() - startedMs < limits.reflectorRetryBaseMs) {
      this.#state = 'waiting';
      await sleep(clock, this.#backoff.nextDelayMs(), signal);
    }
  }

  #onEvent({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') {
      const { code = 500, reason = '', message = '' } = object as unknown as Record<string, never>;
      throw apiRefused({ code, reason, message }, `the watch of ${this.resource.plural}`);
    }
    this.#heard();
    this.#backoff.reset();
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#tell(this.#objects.delete(this.#projected(object)));
    else this.#tell(this.#objects.put(this.#projected(object)));
  }

  async #recover(failure: FeedmillError, signal: AbortSignal): Promise<void> {
    const { clock, limits, log, resource } = this.#options;
    const status = apiStatusOf(failure);
    let delayMs = this.#backoff.nextDelayMs();
    if (isExpired(failure)) {
      this.#resourceVersion = undefined;
    } else {
      log.warn({ resource: resource.plural, error: failure.message }, 'Watching goes on later.');
      // A refusal that does not pass by itself may come from a version that the server cannot use.
      if (!failure.retryable) this.#resourceVersion = undefined;
      delayMs = Math.max(delayMs, Math.min(status?.retryAfterMs ?? 0, limits.retryAfterMsMax));
    }
    this.#state = 'waiting';
    await sleep(clock, delayMs, signal);
  }

  #heard(): void {
    this.#lastNewsMs = this.#options.clock.monotonicMs();
  }

  #projected(object: T): T {
    return this.#options.project === undefined ? object : this.#options.project(object);
  }

  #tell(changes: readonly ObjectChange<T>[]): void {
    for (const change of changes) this.#options.onChange(change);
  }
}
