import type { RefusedEvent } from './careful-copy.ts';
import type { CommitBatch, DeadLetterRow } from './commit-batch.ts';

/** Why an event is a dead letter that no processor objected to. */
export const REFUSED_REASON = 'REFUSED_BY_POSTGRES';

/** Bytes of an event, for its dead letter; undefined where they are no longer at hand. */
export type RawOf = (producerId: bigint, producerSequence: number) => Uint8Array | undefined;

/** The batch with a dead letter, counted with its producer, for every event that was refused. */
export function withDeadLetters(
  batch: CommitBatch,
  refused: readonly RefusedEvent[],
  rawOf: RawOf | undefined,
): CommitBatch {
  const deadLetters = refused.map(
    ({ key, error, row }): DeadLetterRow => ({
      ...key,
      position: batch.toPosition,
      reason: REFUSED_REASON,
      message: error.message,
      raw: rawOf?.(key.producerId, key.producerSequence) ?? row,
    }),
  );
  const producers = batch.producers.map((producer) => {
    const added = refused.filter(({ key }) => key.producerId === producer.producerId).length;
    return { ...producer, deadLetters: producer.deadLetters + added };
  });
  return { ...batch, deadLetters: [...batch.deadLetters, ...deadLetters], producers };
}
