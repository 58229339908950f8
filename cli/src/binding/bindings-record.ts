import { bindProducers } from '@feedmill/core/binding/bind-producers';
import type { Binding } from '@feedmill/core/binding/binding';
import Type, { type Static } from 'typebox';

export const BindingsRecordSchema = Type.Object({
  version: Type.Literal(1),
  /** Identity of this folder's journals and of the rows that they became. */
  clusterId: Type.String({ minLength: 1 }),
  /** Rises with every change that is handed to the workers. */
  generation: Type.Integer({ minimum: 0 }),
  shardCount: Type.Integer({ minimum: 1 }),
  shardOf: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  /** Shards that have a volume, or will have one. */
  shards: Type.Array(Type.Integer({ minimum: 0 })),
  /**
   * The workers have released everybody who is bound elsewhere: a shard that nobody is bound to
   * holds nothing that is not committed.
   */
  isSettled: Type.Boolean(),
});

/** Who is bound where, kept so that the next start moves nobody without a reason. */
export type BindingsRecord = Static<typeof BindingsRecordSchema>;

/** The record for these producers and shards, as near to the one before as may be. */
export function nextBindings(
  previous: BindingsRecord | undefined,
  clusterId: string,
  producers: readonly string[],
  shardCount: number,
): BindingsRecord {
  const before: Binding | undefined = previous && {
    shardCount: previous.shardCount,
    shardOf: new Map(Object.entries(previous.shardOf)),
  };
  const wanted = producers.map((name) => ({ name, weight: 1 }));
  const { shardOf } = bindProducers('Bounded', wanted, shardCount, before);
  const sorted = [...shardOf].sort(([a], [b]) => (a < b ? -1 : 1));
  const shards = new Set(previous?.shards);
  for (let shard = 0; shard < shardCount; shard += 1) shards.add(shard);
  return {
    version: 1,
    clusterId,
    generation: previous?.generation ?? 0,
    shardCount,
    shardOf: Object.fromEntries(sorted),
    shards: [...shards].sort((a, b) => a - b),
    isSettled: false,
  };
}

/**
 * The shards whose workers decide when the first event flows: those that get somebody, and those
 * that may hold events of somebody who leaves. The others have time.
 */
export function urgentShards(
  previous: BindingsRecord | undefined,
  target: BindingsRecord,
): number[] {
  const held = previous?.isSettled === true ? Object.values(previous.shardOf) : previous?.shards;
  const urgent = new Set([...Object.values(target.shardOf), ...(held ?? [])]);
  return [...urgent].sort((a, b) => a - b);
}

/** A producer that a worker holds although it belongs elsewhere or nowhere. */
export interface Departure {
  readonly producer: string;
  readonly shard: number;
}

/** What the workers must release before `target` may be handed out. */
export function departures(
  target: BindingsRecord,
  held: readonly { readonly shard: number; readonly producers: readonly { producer: string }[] }[],
): Departure[] {
  return held.flatMap(({ shard, producers }) =>
    producers
      .filter(({ producer }) => target.shardOf[producer] !== shard)
      .map(({ producer }) => ({ producer, shard })),
  );
}
