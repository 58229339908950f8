import type { Clock, Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { ChangeRequest, Register } from '@feedmill/core/region/register';
import type { WorkerLog } from '../worker-deps.ts';
import type { WitnessChange, WitnessClient, WitnessRenewal } from './region-links.ts';

export interface WitnessLinkOptions {
  readonly clock: Clock;
  readonly client: WitnessClient;
  readonly heartbeatMs: number;
  readonly callTimeoutMs: number;
  /** What to say at the next renewal. */
  readonly renewal: () => Omit<WitnessRenewal, 'session'>;
  /** The witness says what stands; `none`: there is no register. */
  readonly onRead: (register: Register | 'none') => void;
  /** An answer to a change, of a witness that has not been restarted since it was asked. */
  readonly onAnswer: (request: ChangeRequest, answer: WitnessChange) => void;
  readonly log: WorkerLog;
}

/** Renewals in flight: a witness that answers late must not gather them. */
const RENEWALS_MAX = 3;

/** Renews at the witness, and carries one change at a time there. */
export class WitnessLink {
  readonly #options: WitnessLinkOptions;
  #session = 0n;
  #timer: Timer | undefined;
  #renewals = 0;
  #isAsking: ChangeRequest | undefined;
  #heardMs = -Infinity;
  #isReached = true;
  #refused: string | undefined;
  #isStopped = false;

  constructor(options: WitnessLinkOptions) {
    this.#options = options;
  }

  /** When the newest renewal was sent that was answered. */
  get heardMs(): number {
    return this.#heardMs;
  }

  get isAsking(): boolean {
    return this.#isAsking !== undefined;
  }

  start(): void {
    const { clock, heartbeatMs } = this.#options;
    const tick = (): void => {
      void this.renew();
      this.#timer = clock.schedule(heartbeatMs, tick);
    };
    tick();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.cancel(this.#timer);
    this.#options.client.close();
  }

  async renew(): Promise<void> {
    const { clock, client, renewal, onRead, callTimeoutMs } = this.#options;
    if (this.#renewals >= RENEWALS_MAX || this.#isStopped) return;
    this.#renewals += 1;
    const sentMs = clock.monotonicMs();
    const session = this.#session;
    try {
      const answer = await client.renew({ ...renewal(), session }, callTimeoutMs);
      if (this.#isStopped) return;
      this.#heard(sentMs);
      const isNew = answer.session !== this.#session;
      this.#session = answer.session;
      // A register in doubt may be an old copy: what is known here counts more.
      if (!answer.isInDoubt) onRead(answer.register ?? 'none');
      // The witness has to hear at once what is known here.
      if (isNew) void this.renew();
    } catch (error) {
      this.#missed(FeedmillError.from(error));
    } finally {
      this.#renewals -= 1;
    }
  }

  /** Asks for a change, unless one is under way. */
  ask(request: ChangeRequest, why: string): void {
    if (this.#isAsking !== undefined || this.#isStopped) return;
    this.#isAsking = request;
    void this.#ask(request, why);
  }

  async #ask(request: ChangeRequest, why: string): Promise<void> {
    const { clock, client, onAnswer, callTimeoutMs } = this.#options;
    const sentMs = clock.monotonicMs();
    const session = this.#session;
    try {
      const answer = await client.change(request, callTimeoutMs);
      this.#isAsking = undefined;
      if (this.#isStopped) return;
      this.#heard(sentMs);
      // What a witness granted before it was restarted may have been undone by an old copy.
      if (session !== 0n && session !== this.#session) return;
      this.#note(request.change.kind, why, answer);
      onAnswer(request, answer);
    } catch (error) {
      this.#isAsking = undefined;
      this.#missed(FeedmillError.from(error));
    }
  }

  /** Once for each kind: a standby asks on and on while it hears nothing of its primary. */
  #note(change: string, why: string, answer: WitnessChange): void {
    if (answer.isGranted) {
      this.#refused = undefined;
    } else if (this.#refused !== change) {
      this.#refused = change;
      this.#options.log.info({ change, why }, `The witness refuses: ${answer.why}.`);
    }
  }

  #heard(sentMs: number): void {
    if (!this.#isReached) this.#options.log.info({}, 'The witness answers again.');
    this.#isReached = true;
    this.#heardMs = Math.max(this.#heardMs, sentMs);
  }

  #missed(error: FeedmillError): void {
    if (this.#isStopped || !this.#isReached) return;
    this.#isReached = false;
    this.#options.log.warn({ error: error.message }, 'The witness does not answer.');
  }
}
