import { Backoff } from '@feedmill/core/backoff';
import type { Epoch } from '@feedmill/core/brand';
import { type Clock, sleep, type Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { Random } from '@feedmill/core/random';
import { AlertState } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { AlertRecord } from '@feedmill/store/queries/signals';
import type { AlertOutcome } from '@feedmill/store/shard-session/commit-batch';
import type { Journal } from '../journal/journal.ts';
import { EntryKind } from '../journal/journal-entry.ts';
import type { WorkerLimits } from '../limits.ts';
import { encodeAlertOutcomes } from '../process/alert-outcomes.ts';
import { type WebhookMessage, webhookMessage } from './webhook-message.ts';

/** Posts a message; says what went wrong, or undefined where it was taken. */
export type PostWebhook = (message: WebhookMessage) => Promise<string | undefined>;

/** Who is told of alerts. */
export interface Webhook {
  readonly post: PostWebhook;
  /** Signs what is posted. */
  readonly key: Buffer;
  /** Spreads what is tried again. */
  readonly random: Random;
}

export interface AlertCourierOptions {
  readonly clock: Clock;
  /** Epoch of the entries that it writes. */
  readonly epoch: () => Epoch;
  /** Whether the shard is ours to write to: a follower tells nobody. */
  readonly isActive: () => boolean;
  readonly journal: Pick<Journal, 'append'>;
  /** Committed alerts that nothing became of yet, oldest first, beside those under way. */
  readonly readPending: (underWay: readonly string[], limit: number) => Promise<AlertRecord[]>;
  readonly webhook: Webhook;
  readonly limits: WorkerLimits;
  readonly log: {
    warn(fields: object, sentence: string): void;
    info(fields: object, sentence: string): void;
  };
}

/**
 * Tells the webhook of alerts once they are committed, each until it is taken or given up. What
 * became of one enters the journal, so that all regions know. A worker that is killed in between
 * tells of it again, under the same id.
 */
export class AlertCourier {
  readonly #options: AlertCourierOptions;
  /** Being delivered, or settled in the journal but not in Postgres. */
  readonly #underWay = new Set<string>();
  readonly #deliveries = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #isReading = false;
  #isStopped = false;

  constructor(options: AlertCourierOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier worker has left, and from then on what is committed. */
  begin(): void {
    this.#read();
  }

  /** A transaction is done. */
  onCommitted(hasAlerts: boolean, outcomes: readonly AlertOutcome[]): void {
    for (const { alertId } of outcomes) this.#underWay.delete(alertId);
    // With room again there may be more in Postgres than was taken up.
    if (hasAlerts || outcomes.length > 0) this.#read();
  }

  /** Lets what is being posted end; what waits to be tried again is left to the next worker. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.cancel(this.#timer);
    await Promise.all(this.#deliveries);
  }

  #read(): void {
    const { readPending, limits, log, clock, isActive } = this.#options;
    const room = limits.alertsUnderWayMax - this.#underWay.size;
    if (this.#isStopped || !isActive() || this.#isReading || room <= 0) return;
    this.#isReading = true;
    readPending([...this.#underWay], room)
      .then((alerts) => {
        this.#isReading = false;
        for (const alert of alerts) this.#start(alert);
      })
      .catch((error: unknown) => {
        this.#isReading = false;
        log.warn(
          { error: FeedmillError.from(error).message },
          'Alerts cannot be read; later again.',
        );
        this.#timer = clock.schedule(limits.alertRetryCapMs, () => this.#read());
      });
  }

  #start(alert: AlertRecord): void {
    if (this.#isStopped || this.#underWay.has(alert.alertId)) return;
    this.#underWay.add(alert.alertId);
    const delivery = this.#deliver(alert).finally(() => this.#deliveries.delete(delivery));
    this.#deliveries.add(delivery);
  }

  async #deliver(alert: AlertRecord): Promise<void> {
    const { clock, webhook, limits, log } = this.#options;
    const { post, key, random } = webhook;
    const backoff = new Backoff(limits.alertRetryBaseMs, limits.alertRetryCapMs, random);
    let lastError = '';
    for (let attempts = 1; attempts <= limits.alertAttemptsMax; attempts += 1) {
      const nowMs = Number(clock.wallNanos() / 1_000_000n);
      const error = await post(webhookMessage(alert, key, nowMs));
      if (error === undefined) {
        this.#settle(alert, AlertState.DELIVERED, attempts, lastError);
        return;
      }
      lastError = error;
      log.warn({ alert: alert.alertId, attempts, error }, 'The webhook did not take an alert.');
      if (attempts < limits.alertAttemptsMax) await this.#pause(backoff.nextDelayMs());
      if (this.#isStopped) return;
    }
    this.#settle(alert, AlertState.DEAD, limits.alertAttemptsMax, lastError);
  }

  /** Looks up now and then, so that a worker that ends does not wait for the whole of it. */
  async #pause(delayMs: number): Promise<void> {
    const { clock, limits } = this.#options;
    for (let left = delayMs; left > 0 && !this.#isStopped; left -= limits.alertRetryBaseMs) {
      await sleep(clock, Math.min(left, limits.alertRetryBaseMs));
    }
  }

  #settle({ alertId }: AlertRecord, state: number, attempts: number, lastError: string): void {
    const { journal, epoch, clock, isActive } = this.#options;
    if (!isActive()) {
      // Whoever has the shard now tells of it again, and says what became of it.
      this.#underWay.delete(alertId);
      return;
    }
    const tsSettled = clock.wallNanos();
    journal.append({
      kind: EntryKind.ALERTS,
      epoch: epoch(),
      producerId: 0n,
      incarnation: 0n,
      firstSequence: 0,
      eventCount: 0,
      skipCount: 0,
      payload: encodeAlertOutcomes([{ alertId, state, attempts, tsSettled, lastError }]),
    });
  }
}
