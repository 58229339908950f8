import { bindProducers } from './bind-producers.ts';
import type { BindableProducer, Binding, BindingMode, UnboundProducer } from './binding.ts';

/**
 * What is remembered of the bindings between two looks. It is written down before a worker is told
 * of it: a generation never stands for two different contents.
 */
export interface BindingLedger {
  /** Rises with every change that workers are told of. */
  readonly generation: number;
  readonly shardCount: number;
  readonly shardOf: Readonly<Record<string, number>>;
  /**
   * Producers that have left a shard which has not released them yet, by the shard. It commits all
   * that it acknowledged first; until then nobody else may take them.
   */
  readonly leaving: Readonly<Record<string, number>>;
  /** A digest of what else workers are told about the producers, such as their tokens. */
  readonly details: string;
}

/** A worker's view, newly asked. */
export interface HeldBindings {
  readonly shard: number;
  /** Newest generation that it was told. */
  readonly generation: number;
  /** Whom it holds, bound or not yet released. */
  readonly producers: readonly { readonly producer: string }[];
}

/** What a worker is told about one producer. */
export interface PlannedBinding {
  readonly producer: string;
  readonly shard: number;
  /** Its old shard has not released it: nobody takes it yet. */
  readonly moving: boolean;
}

export interface BindingPlan {
  readonly ledger: BindingLedger;
  /** Whether the ledger has to be written down before anything else. */
  readonly isChanged: boolean;
  readonly bindings: readonly PlannedBinding[];
  /** Shards whose workers have not heard the newest generation. */
  readonly uninformed: readonly number[];
  readonly unbound: readonly UnboundProducer[];
}

export const EMPTY_LEDGER: BindingLedger = {
  generation: 0,
  shardCount: 0,
  shardOf: {},
  leaving: {},
  details: '',
};

/**
 * The next step of the bindings, from what is wanted, what is remembered and what the workers say.
 * A pure function: whoever repeats it, with newer answers each time, brings every producer to its
 * shard, and no producer is ever at two shards.
 *
 * @param ledger EMPTY_LEDGER at the very first, and where it is lost; then every worker there is
 *   has to be among `held`, because nothing else says what they hold
 * @param held answers of the workers that could be asked; a shard that is missing keeps what it has
 * @param details digest of what else workers are told; where it changes, they are told again
 */
export function planBindings(
  mode: BindingMode,
  producers: readonly BindableProducer[],
  shardCount: number,
  ledger: BindingLedger,
  held: readonly HeldBindings[],
  details = '',
): BindingPlan {
  const previous = previousBinding(ledger, shardCount, held);
  const { shardOf: target, unbound } = bindProducers(mode, producers, shardCount, previous);
  const leaving = stillLeaving(ledger, target, held);
  const next: BindingLedger = {
    generation: Math.max(ledger.generation, ...held.map(({ generation }) => generation)),
    shardCount,
    shardOf: sorted(target),
    leaving: sorted(leaving),
    details,
  };
  const isChanged = !sameContent(next, ledger) || next.generation !== ledger.generation;
  // A worker that knows a higher generation heard it from a ledger that is lost: go beyond it.
  const decided = isChanged ? { ...next, generation: next.generation + 1 } : ledger;
  return {
    ledger: decided,
    isChanged,
    bindings: Object.entries(decided.shardOf).map(([producer, shard]) => ({
      producer,
      shard,
      moving: Object.hasOwn(decided.leaving, producer),
    })),
    uninformed: held
      .filter(({ generation }) => generation !== decided.generation)
      .map(({ shard }) => shard),
    unbound,
  };
}

/**
 * Whether a shard holds nothing and nobody any more, so that its worker may go.
 *
 * @param held its answer; undefined where it could not be asked
 */
export function isVacated(
  shard: number,
  ledger: BindingLedger,
  held: HeldBindings | undefined,
): boolean {
  if (held === undefined || held.generation !== ledger.generation) return false;
  const isAwaited =
    Object.values(ledger.leaving).includes(shard) || Object.values(ledger.shardOf).includes(shard);
  return !isAwaited && held.producers.length === 0;
}

/**
 * Who has left a shard but was not released: those that a worker holds although they belong
 * elsewhere, and those whose old worker has not confirmed their release.
 */
function stillLeaving(
  ledger: BindingLedger,
  target: ReadonlyMap<string, number>,
  held: readonly HeldBindings[],
): Map<string, number> {
  const leaving = new Map<string, number>();
  const answers = new Map(held.map((each) => [each.shard, each]));
  const suspects = new Map(Object.entries(ledger.leaving));
  for (const [producer, shard] of Object.entries(ledger.shardOf)) {
    // One that was on its way is not at its new shard: only the old one has it.
    if (target.get(producer) !== shard && !suspects.has(producer)) suspects.set(producer, shard);
  }
  for (const [producer, shard] of suspects) {
    const answer = answers.get(shard);
    const isKnownThere = answer?.producers.some((each) => each.producer === producer) ?? true;
    // An answer older than the ledger says nothing about it.
    const isAnswered = answer !== undefined && answer.generation >= ledger.generation;
    const isReleased = isAnswered && !isKnownThere && Object.hasOwn(ledger.leaving, producer);
    if (!isReleased && target.get(producer) !== shard) leaving.set(producer, shard);
  }
  for (const { shard, producers } of held) {
    for (const { producer } of producers) {
      if (target.get(producer) !== shard) leaving.set(producer, shard);
    }
  }
  return leaving;
}

/** What was in force. Where the ledger is lost, what the workers hold. */
function previousBinding(
  ledger: BindingLedger,
  shardCount: number,
  held: readonly HeldBindings[],
): Binding {
  if (ledger.shardCount > 0) {
    return { shardCount: ledger.shardCount, shardOf: new Map(Object.entries(ledger.shardOf)) };
  }
  const shardOf = new Map<string, number>();
  for (const { shard, producers } of held) {
    for (const { producer } of producers) shardOf.set(producer, shard);
  }
  return { shardCount, shardOf };
}

function sorted(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sameContent(a: BindingLedger, b: BindingLedger): boolean {
  const textOf = ({ shardCount, shardOf, leaving, details }: BindingLedger): string =>
    JSON.stringify([shardCount, shardOf, leaving, details]);
  return textOf(a) === textOf(b);
}
