import type { WorkerMessage } from '@feedmill/producer/sdk/worker-message';
import type { Findings } from './findings.ts';

/**
 * Holds every worker to what any worker has told a producer: what was acknowledged stays, and
 * nothing is called committed that Postgres does not hold.
 */
export class PromisesWatch {
  readonly #findings: Findings;
  readonly #committedOf: (producer: string) => number;
  readonly #durable = new Map<string, number>();

  /** @param committedOf the last sequence that Postgres holds of a producer */
  constructor(findings: Findings, committedOf: (producer: string) => number) {
    this.#findings = findings;
    this.#committedOf = committedOf;
  }

  durableThrough(producer: string): number {
    return this.#durable.get(producer) ?? 0;
  }

  /** A journal was given up, as its runbook says: what Postgres holds is what is left. */
  forgiveLoss(): void {
    for (const producer of this.#durable.keys()) {
      this.#durable.set(
        producer,
        Math.min(this.durableThrough(producer), this.#committedOf(producer)),
      );
    }
  }

  heard(producer: string, message: WorkerMessage): void {
    switch (message.kind) {
      case 'welcome':
        if (message.resumeAfter < this.durableThrough(producer)) {
          this.#findings.add(
            'lost write',
            `${producer} is told to resume after ${message.resumeAfter}, but ` +
              `${this.durableThrough(producer)} was acknowledged`,
          );
        }
        this.#checkCommitted(producer, message.committedThrough);
        return;
      case 'ack':
        this.#checkCommitted(producer, message.committedThrough);
        this.#durable.set(
          producer,
          Math.max(this.durableThrough(producer), message.durableThrough),
        );
        return;
      case 'nack':
    }
  }

  #checkCommitted(producer: string, told: number): void {
    const committed = this.#committedOf(producer);
    if (told <= committed) return;
    this.#findings.add(
      'aborted read',
      `${producer} is told that ${told} is committed; Postgres holds ${committed}`,
    );
  }
}
