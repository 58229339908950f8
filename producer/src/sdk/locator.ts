import type { Clock } from '@feedmill/core/clock';
import { LOCATE_HEDGE_MS, LOCATE_TIMEOUT_MS } from '../limits.ts';
import type { IngestStatus, IngestTransport, LocateAnswer } from './ingest-transport.ts';

/** Where to find a worker. At least one of the two. */
export interface WorkerAddresses {
  /** Any workers, host:port each; they know where the producer is bound. */
  readonly workers?: readonly string[];
  /** The producer's own address, host:port, which always leads to its worker (a Service). */
  readonly fixed?: string;
}

/** A worker to go to; the shard is known when a worker named it. */
export interface Target {
  readonly address: string;
  readonly shard: number | undefined;
}

export type LocatorResult =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'status'; readonly status: IngestStatus };

/**
 * Finds the worker of one producer: first where a refusal pointed to, then the fixed address, then
 * by asking workers. Every failure moves the start of the round by one, so that a worker with an
 * outdated answer does not keep the producer for ever.
 */
export class Locator {
  readonly #producer: string;
  readonly #transport: IngestTransport;
  readonly #clock: Clock;
  readonly #workers: readonly string[];
  readonly #fixed: string | undefined;
  readonly #timeoutMs: number;
  #redirect: Target | undefined;
  #round = 0;

  constructor(
    producer: string,
    addresses: WorkerAddresses,
    transport: IngestTransport,
    clock: Clock,
    timeoutMs: number = LOCATE_TIMEOUT_MS,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#producer = producer;
    this.#workers = addresses.workers ?? [];
    this.#fixed = addresses.fixed;
    this.#transport = transport;
    this.#clock = clock;
  }

  /** Has the next search end at once at `target`. */
  redirectTo(target: Target): void {
    this.#redirect = target;
  }

  /** Takes note that the last target did not serve. */
  failed(): void {
    this.#round += 1;
  }

  /** The worker was the right one: start with it again next time. */
  served(): void {
    this.#round = 0;
  }

  async next(): Promise<LocatorResult> {
    const redirect = this.#redirect;
    this.#redirect = undefined;
    if (redirect !== undefined) return { kind: 'target', target: redirect };
    const fixed = this.#fixed;
    const turnOfFixed = this.#workers.length === 0 || this.#round % 2 === 0;
    if (fixed !== undefined && turnOfFixed) {
      return { kind: 'target', target: { address: fixed, shard: undefined } };
    }
    return await this.#askWorkers();
  }

  /** Asks one worker after the other, each a little later than the one before; the first wins. */
  #askWorkers(): Promise<LocatorResult> {
    const start =
      (this.#fixed === undefined ? this.#round : this.#round >> 1) % this.#workers.length;
    const order = [...this.#workers.slice(start), ...this.#workers.slice(0, start)];
    return new Promise((resolve) => {
      const failures: IngestStatus[] = [];
      let asked = 0;
      let done = false;
      let hedge: object | undefined;

      const settle = (result: LocatorResult): void => {
        done = true;
        if (hedge !== undefined) this.#clock.cancel(hedge);
        resolve(result);
      };
      const onAnswer = (answer: LocateAnswer): void => {
        if (done) return;
        if (answer.kind === 'located' && answer.address !== '') {
          settle({ kind: 'target', target: { address: answer.address, shard: answer.shard } });
          return;
        }
        failures.push(answer.kind === 'status' ? answer.status : this.#unbound());
        if (failures.length === order.length) {
          settle({ kind: 'status', status: mostTelling(failures) });
        } else if (failures.length === asked) {
          askNext();
        }
      };
      const askNext = (): void => {
        const address = order[asked];
        if (done || address === undefined) return;
        asked += 1;
        if (hedge !== undefined) this.#clock.cancel(hedge);
        hedge = this.#clock.schedule(LOCATE_HEDGE_MS, askNext);
        void this.#transport.locate(address, this.#producer, this.#timeoutMs).then(onAnswer);
      };
      askNext();
    });
  }

  #unbound(): IngestStatus {
    const details = `producer '${this.#producer}' is bound to no worker yet`;
    return { code: 'UNAVAILABLE', details };
  }
}

/** A worker that answered knows more than one that did not. */
function mostTelling(failures: readonly IngestStatus[]): IngestStatus {
  const answered = failures.find(
    ({ code }) => code !== 'UNAVAILABLE' && code !== 'DEADLINE_EXCEEDED' && code !== 'CANCELLED',
  );
  return answered ?? (failures[0] as IngestStatus);
}
