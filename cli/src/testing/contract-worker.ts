import type { BoundProducer } from '@feedmill/core/adapters/control-client';
import type { ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import type { BindableWorker } from '../binding/binding-rollout.ts';

/**
 * A worker as its contract (proto: ControlService) has it, without processes and time: it refuses
 * old generations, and lists who left until it has drained them.
 */
export class ContractWorker implements BindableWorker {
  readonly shard: number;
  readonly ready: { readonly grpcAddress: string };
  readonly failure = undefined;
  /** Calls that fail before it answers, as while it starts again. */
  absences = 0;
  /** Looks at its state until it has committed everything of those that left. */
  looksToDrain = 0;
  /** Runs when it has answered how it stands, as a call that was under way may. */
  afterAnswer: () => Promise<void> = () => Promise.resolve();
  readonly #told: string[];
  #generation: number;
  #bound: ReadonlySet<string>;
  #leaving = new Set<string>();

  /** @param told takes a line for every change, in the order in which workers got them */
  constructor(shard: number, bound: readonly string[], generation: number, told: string[]) {
    this.shard = shard;
    this.ready = { grpcAddress: `worker-${shard}:1` };
    this.#bound = new Set(bound);
    this.#generation = generation;
    this.#told = told;
  }

  readonly client = {
    setBindings: async (generation: number, bindings: readonly BoundProducer[]): Promise<void> => {
      this.#beThere();
      if (generation < this.#generation) {
        throw new FeedmillError('INTERNAL', `generation ${generation} < ${this.#generation}`);
      }
      const mine = bindings.filter(({ shard, moving }) => shard === this.shard && moving !== true);
      const bound = new Set(mine.map(({ producer }) => producer));
      for (const left of this.#bound) if (!bound.has(left)) this.#leaving.add(left);
      this.#generation = generation;
      this.#bound = bound;
      this.#told.push(`${generation}: shard ${this.shard} has ${[...bound].join(' ') || 'nobody'}`);
    },
  };

  async observe(): Promise<ShardSnapshot> {
    this.#beThere();
    if (this.#leaving.size > 0) {
      this.looksToDrain -= 1;
      if (this.looksToDrain < 0) {
        this.#told.push(`shard ${this.shard} has released ${[...this.#leaving].join(' ')}`);
        this.#leaving.clear();
      }
    }
    const state = { connected: false, received: 0, durable: 0, committed: 0 };
    const counts = { duplicates: 0, gaps: 0, deadLetters: 0 };
    const answer: ShardSnapshot = {
      shard: this.shard,
      epoch: 1,
      generation: this.#generation,
      level: 'normal',
      durablePosition: 0,
      committedPosition: 0,
      journalBytes: 0,
      lagMs: 0,
      producers: [...this.#bound, ...this.#leaving].map((producer) => ({
        producer,
        bound: this.#bound.has(producer),
        ...state,
        ...counts,
      })),
    };
    const { afterAnswer } = this;
    this.afterAnswer = () => Promise.resolve();
    await afterAnswer();
    return answer;
  }

  #beThere(): void {
    if (this.absences === 0) return;
    this.absences -= 1;
    throw new FeedmillError('WORKER_UNAVAILABLE', `worker ${this.shard} is starting`);
  }
}
