import type { WelcomeMessage, WorkerMessage } from '@feedmill/producer/sdk/worker-message';
import type { Findings } from './findings.ts';

/** What one stream has heard so far: which worker it speaks with. */
interface Stream {
  readonly address: string;
  shard: number;
  epoch: number;
  /** What was acknowledged before it began: of later acknowledgements its Welcome need not know. */
  readonly durableBefore: number;
}

/**
 * Holds every worker to what any worker has told a producer: what was acknowledged stays, and
 * nothing is called committed that Postgres does not hold.
 */
export class PromisesWatch {
  readonly #findings: Findings;
  readonly #committedOf: (producer: string, address: string) => number;
  readonly #durable = new Map<string, number>();
  /** Which shard serves a producer, and where its worker is. */
  readonly #served = new Map<string, { readonly shard: number; readonly address: string }>();
  /** Whoever acknowledged in an epoch of a shard. */
  readonly #primaries = new Map<string, string>();
  /** Per shard the newest epoch that was seen, and the one whose promises a lost journal took. */
  readonly #newestEpoch = new Map<number, number>();
  readonly #forgivenEpoch = new Map<number, number>();

  /** @param committedOf the last sequence that the Postgres of a worker holds of a producer */
  constructor(findings: Findings, committedOf: (producer: string, address: string) => number) {
    this.#findings = findings;
    this.#committedOf = committedOf;
  }

  durableThrough(producer: string): number {
    return this.#durable.get(producer) ?? 0;
  }

  /** A journal was given up, as its runbook says: what Postgres holds is what is left. */
  forgiveLoss(shard: number): void {
    this.#forgivenEpoch.set(shard, this.#newestEpoch.get(shard) ?? 0);
    for (const [producer, at] of this.#served) {
      if (at.shard !== shard) continue;
      const committed = this.#committedOf(producer, at.address);
      const durable = Math.min(this.durableThrough(producer), committed);
      this.#durable.set(producer, durable);
    }
  }

  /** Listens to what a stream of a producer is told by the worker at `address`. */
  listener(producer: string, address: string): (message: WorkerMessage) => void {
    const durableBefore = this.durableThrough(producer);
    const stream: Stream = { address, shard: -1, epoch: 0, durableBefore };
    return (message) => {
      switch (message.kind) {
        case 'welcome':
          this.#welcomed(producer, stream, message);
          return;
        case 'ack':
          this.#checkCommitted(producer, stream, message.committedThrough);
          this.#checkPrimary(stream);
          if (stream.epoch > (this.#forgivenEpoch.get(stream.shard) ?? 0)) {
            const durable = Math.max(this.durableThrough(producer), message.durableThrough);
            this.#durable.set(producer, durable);
          }
          return;
        case 'nack':
        case 'heartbeat':
      }
    };
  }

  #welcomed(producer: string, stream: Stream, message: WelcomeMessage): void {
    const { shard, epoch, resumeAfter, committedThrough } = message;
    Object.assign(stream, { shard, epoch });
    this.#served.set(producer, { shard, address: stream.address });
    this.#newestEpoch.set(shard, Math.max(this.#newestEpoch.get(shard) ?? 0, epoch));
    // One that is on its way from a worker that has lost its journal meanwhile says nothing.
    if (epoch <= (this.#forgivenEpoch.get(shard) ?? 0)) return;
    const promised = Math.min(stream.durableBefore, this.durableThrough(producer));
    if (resumeAfter < promised) {
      this.#findings.add(
        'lost write',
        `${producer} is told to resume after ${resumeAfter}, but ${promised} was acknowledged`,
      );
    }
    this.#checkCommitted(producer, stream, committedThrough);
  }

  /** Only one worker ever acknowledges in an epoch of a shard. */
  #checkPrimary({ shard, epoch, address }: Stream): void {
    const key = `shard ${shard} in epoch ${epoch}`;
    const primary = this.#primaries.get(key) ?? address;
    this.#primaries.set(key, primary);
    if (primary === address) return;
    this.#findings.add('two primaries', `${address} acknowledges for ${key}, as ${primary} did`);
  }

  #checkCommitted(producer: string, { address }: Stream, told: number): void {
    const committed = this.#committedOf(producer, address);
    if (told <= committed) return;
    this.#findings.add(
      'aborted read',
      `${producer} is told that ${told} is committed; Postgres holds ${committed}`,
    );
  }
}
