import { hash } from 'node:crypto';
import type { Clock } from '@feedmill/core/clock';
import type { ApiKeyRecord } from '@feedmill/store/queries/api-keys';
import { Problem } from '../problem.ts';
import { isSecretOf, parseApiKey } from './api-key.ts';
import type { Principal } from './principal.ts';
import { isScope } from './scope.ts';

export interface KeyRingOptions {
  /** All keys there are. */
  readonly load: () => Promise<readonly ApiKeyRecord[]>;
  readonly clock: Clock;
  readonly refreshMs: number;
  /** A key that is not known is looked for again, but not more often than this. */
  readonly unknownRefreshMs: number;
  readonly verifiedMax: number;
  readonly verificationsMax: number;
}

const NANOS_PER_MS = 1_000_000n;

/** The API keys, read again now and then; while Postgres is away the last ones stay in force. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  /** Digests of keys that were found right, so that scrypt runs once for each. */
  readonly #verified = new Map<string, string>();
  #records = new Map<string, ApiKeyRecord>();
  #loadedMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  #verifications = 0;

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** Whose key it is, where that was found out before and still holds. */
  verified(text: string): Principal | undefined {
    const keyId = this.#verified.get(hash('sha256', text));
    const record = keyId === undefined ? undefined : this.#records.get(keyId);
    if (record === undefined || !this.#isInForce(record)) return undefined;
    // Keys are read again beside the requests; a failure to do so changes nothing.
    this.#refresh(this.#options.refreshMs).catch(() => undefined);
    return principalOf(record);
  }

  /**
   * Whose key it is; undefined where it is none.
   *
   * @throws Problem overloaded or store-unavailable
   */
  async principal(text: string): Promise<Principal | undefined> {
    const parsed = parseApiKey(text);
    if (parsed === undefined) return undefined;
    await this.#refresh(this.#options.refreshMs);
    // A key that was made a moment ago.
    if (!this.#records.has(parsed.keyId)) await this.#refresh(this.#options.unknownRefreshMs, true);
    const record = this.#records.get(parsed.keyId);
    if (record === undefined || !this.#isInForce(record)) return undefined;
    const digest = hash('sha256', text);
    if (this.#verified.get(digest) !== parsed.keyId) {
      if (!(await this.#verify(parsed.secret, record))) return undefined;
      this.#remember(digest, parsed.keyId);
    }
    return principalOf(record);
  }

  #isInForce({ revokedAt, expiresAt }: ApiKeyRecord): boolean {
    const nowMs = Number(this.#options.clock.wallNanos() / NANOS_PER_MS);
    return revokedAt === undefined && (expiresAt === undefined || expiresAt.getTime() > nowMs);
  }

  async #verify(secret: string, record: ApiKeyRecord): Promise<boolean> {
    if (this.#verifications >= this.#options.verificationsMax) {
      throw new Problem('overloaded', 'Too many keys are being checked; come again.', {
        retryAfterSeconds: 1,
      });
    }
    this.#verifications += 1;
    try {
      return await isSecretOf(secret, record);
    } finally {
      this.#verifications -= 1;
    }
  }

  #remember(digest: string, keyId: string): void {
    if (this.#verified.size >= this.#options.verifiedMax) this.#verified.clear();
    this.#verified.set(digest, keyId);
  }

  async #refresh(afterMs: number, isAwaited = false): Promise<void> {
    if (this.#options.clock.monotonicMs() - this.#loadedMs < afterMs) return;
    const isFirst = this.#loadedMs === Number.NEGATIVE_INFINITY;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    // Known keys are read again beside the requests.
    if (isFirst || isAwaited) await this.#loading;
  }

  async #load(): Promise<void> {
    const { load, clock } = this.#options;
    try {
      const records = await load();
      this.#records = new Map(records.map((record) => [record.keyId, record]));
      this.#loadedMs = clock.monotonicMs();
    } catch (error) {
      if (this.#records.size > 0) {
        this.#loadedMs = clock.monotonicMs();
        return;
      }
      throw new Problem('store-unavailable', 'The keys cannot be read now; come again.', {
        retryAfterSeconds: 1,
        cause: error,
      });
    }
  }
}

const principalOf = (record: ApiKeyRecord): Principal => ({
  kind: 'key',
  id: record.keyId,
  name: record.name,
  scopes: new Set(record.scopes.filter(isScope)),
  expiresMs: record.expiresAt?.getTime(),
  requestsPerSecond: record.requestsPerSecond,
  burst: record.burst,
});
