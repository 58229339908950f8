/** `OneToOne`: one producer a shard. `Bounded`: several, spread by weight. */
export type BindingMode = 'OneToOne' | 'Bounded';

/** What the binding needs to know of a producer. */
export interface BindableProducer {
  readonly name: string;
  /** Its expected share of the load, in any unit that all producers share; above 0. */
  readonly weight: number;
  /** The one shard it may be bound to. */
  readonly pinnedShard?: number | undefined;
}

/** Who is bound where. */
export interface Binding {
  readonly shardCount: number;
  /** Producer name to shard, 0 to shardCount - 1. */
  readonly shardOf: ReadonlyMap<string, number>;
}

/** A producer that no shard takes, and a sentence that says why and what to do. */
export interface UnboundProducer {
  readonly producer: string;
  readonly reason: string;
}

export interface BindingResult extends Binding {
  readonly unbound: readonly UnboundProducer[];
}

/** The shard that a producer keeps, or undefined when it is new, homeless or pinned elsewhere. */
export function keptShard(
  { name, pinnedShard }: BindableProducer,
  shardCount: number,
  previous: Binding | undefined,
): number | undefined {
  const shard = previous?.shardOf.get(name);
  if (shard === undefined || !isShard(shard, shardCount)) return undefined;
  return pinnedShard === undefined || pinnedShard === shard ? shard : undefined;
}

export function isShard(shard: number, shardCount: number): boolean {
  return shard >= 0 && shard < shardCount;
}
