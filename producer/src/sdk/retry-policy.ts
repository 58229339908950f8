import { Backoff } from '@feedmill/core/backoff';
import { FeedmillError } from '@feedmill/core/errors';
import type { Random } from '@feedmill/core/random';
import {
  BACKOFF_BASE_MS,
  BACKOFF_CAP_MS,
  HUNT_DELAY_MS,
  HUNTS_MAX,
  PUSHBACK_MS_MAX,
  REDIRECTS_MAX,
} from '../limits.ts';
import type { IngestStatus } from './ingest-transport.ts';

/** What to do after a stream or a search for the worker has ended. */
export type NextStep =
  /** Never to be tried again as it is. */
  | { readonly kind: 'fail'; readonly error: FeedmillError }
  /** The worker named another one; go there at once. */
  | { readonly kind: 'redirect'; readonly address: string; readonly shard: number | undefined }
  /** To be tried again; `isElsewhere`: in the other region, where there is one. */
  | { readonly kind: 'wait'; readonly delayMs: number; readonly isElsewhere?: true };

/** Decides from the statuses of the contract (proto: IngestService.Publish) how to go on. */
export class RetryPolicy {
  readonly #producer: string;
  readonly #notFoundGraceMs: number;
  readonly #backoff: Backoff;
  readonly #random: Random;
  readonly #hasRegions: boolean;
  #redirects = 0;
  /** Tries since the last progress, one region after the other. */
  #hunts = 0;
  #unknownSinceMs: number | undefined;
  /** Answers in a row that nobody knows the producer, each of the other region. */
  #unknown = 0;

  constructor(producer: string, notFoundGraceMs: number, random: Random, hasRegions = false) {
    this.#random = random;
    this.#hasRegions = hasRegions;
    this.#producer = producer;
    this.#notFoundGraceMs = notFoundGraceMs;
    this.#backoff = new Backoff(BACKOFF_BASE_MS, BACKOFF_CAP_MS, random);
  }

  /** A worker has accepted the producer. */
  welcomed(): void {
    this.#redirects = 0;
    this.#known();
  }

  /**
   * A worker has acknowledged something. Only this shortens the waits again: a worker that
   * welcomes and then fails must not be asked in a tight ring.
   */
  progressed(): void {
    this.#backoff.reset();
    this.#hunts = 0;
  }

  /** @param nowMs monotonic time */
  after(status: IngestStatus, nowMs: number): NextStep {
    const isUnknown = status.code === 'NOT_FOUND' || status.code === 'UNIMPLEMENTED';
    if (!isUnknown) this.#known();
    switch (status.code) {
      case 'FAILED_PRECONDITION':
        return this.#afterMove(status);
      case 'RESOURCE_EXHAUSTED': {
        const { pushbackMs } = status;
        if (pushbackMs === undefined || pushbackMs < 0) return this.#wait();
        const delayMs = Math.min(pushbackMs, PUSHBACK_MS_MAX);
        return { kind: 'wait', delayMs };
      }
      case 'NOT_FOUND':
        if (this.#mayBecomeKnown(nowMs)) return this.#again();
        return this.#fail(status, 'Declare the producer, or correct its name.');
      // What stands before a worker, such as an ingress, says so while the worker is away.
      case 'UNIMPLEMENTED':
        if (this.#mayBecomeKnown(nowMs)) return this.#again();
        return this.#fail(status, 'Check that the address is that of a Feedmill worker.');
      case 'PERMISSION_DENIED':
      case 'UNAUTHENTICATED':
        return this.#fail(status, 'Check the token, and that no newer process sends as it.');
      case 'ABORTED':
        return this.#fail(status, 'This process ends; the newer one goes on.');
      case 'INVALID_ARGUMENT':
        return this.#fail(status, 'The producer must be repaired before it sends again.');
      case 'OK':
      case 'CANCELLED':
      case 'UNKNOWN':
      case 'DEADLINE_EXCEEDED':
      case 'ALREADY_EXISTS':
      case 'OUT_OF_RANGE':
      case 'INTERNAL':
      case 'UNAVAILABLE':
      case 'DATA_LOSS':
        return this.#again();
    }
  }

  #afterMove({ address, shard }: IngestStatus): NextStep {
    if (address === undefined || address === '' || this.#redirects >= REDIRECTS_MAX) {
      this.#redirects = 0;
      return this.#wait();
    }
    this.#redirects += 1;
    return { kind: 'redirect', address, shard };
  }

  #known(): void {
    this.#unknownSinceMs = undefined;
    this.#unknown = 0;
  }

  /** Nobody has known the producer for a short time only, or the other region may know it. */
  #mayBecomeKnown(nowMs: number): boolean {
    this.#unknownSinceMs ??= nowMs;
    this.#unknown += 1;
    const regions = this.#hasRegions ? 2 : 1;
    return this.#unknown < regions || nowMs - this.#unknownSinceMs < this.#notFoundGraceMs;
  }

  #again(): NextStep {
    return this.#hasRegions ? this.#hunt() : this.#wait();
  }

  #wait(): NextStep {
    return { kind: 'wait', delayMs: this.#backoff.nextDelayMs() };
  }

  /** The other region at once, and then both in turn, until it is clear that none is there soon. */
  #hunt(): NextStep {
    this.#hunts += 1;
    const delayMs =
      this.#hunts > HUNTS_MAX
        ? this.#backoff.nextDelayMs()
        : this.#hunts === 1
          ? 0
          : HUNT_DELAY_MS * (0.5 + this.#random());
    return { kind: 'wait', delayMs, isElsewhere: true };
  }

  #fail(status: IngestStatus, advice: string): NextStep {
    const sentence = status.details === '' ? 'no reason given' : withoutStop(status.details);
    const message =
      `Producer '${this.#producer}' was refused (${status.code}): ${sentence}. ` + advice;
    return { kind: 'fail', error: new FeedmillError('PRODUCER_REFUSED', message) };
  }
}

function withoutStop(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
}
