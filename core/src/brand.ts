declare const brand: unique symbol;

/** A number or string that may not be confused with another of the same representation. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Number of an event within its producer, from 1; a double holds 285 years of 1 million/s. */
export type Sequence = Brand<number, 'Sequence'>;

/** Number of a journal entry within its shard, from 1; 0 means before the first. */
export type Position = Brand<number, 'Position'>;

/** Number of a shard's ownership; only the holder of the highest may write. */
export type Epoch = Brand<number, 'Epoch'>;

/** Nanoseconds since the Unix epoch. */
export type EpochNanos = Brand<bigint, 'EpochNanos'>;

export const asSequence = (value: number): Sequence => value as Sequence;
export const asPosition = (value: number): Position => value as Position;
export const asEpoch = (value: number): Epoch => value as Epoch;
export const asEpochNanos = (value: bigint): EpochNanos => value as EpochNanos;
