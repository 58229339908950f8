import { createHash, type Hash } from 'node:crypto';
import type { ReplayRow } from './replay-rows.ts';

interface Stream {
  readonly topic: string;
  readonly instrument: string;
  readonly producer: string;
  count: number;
  first: bigint | undefined;
  last: bigint | undefined;
  readonly hash: Hash;
}

/** What a replay has told of one topic, instrument and producer. */
export interface StreamManifest {
  readonly topic: string;
  readonly instrument: string | null;
  readonly producer: string;
  readonly count: number;
  readonly first_sequence: string | null;
  readonly last_sequence: string | null;
  /** Of the data of its messages, each with a line feed behind it. */
  readonly sha256: string;
}

/** Counts and hashes what a replay tells, so that two can be compared, and one with what came. */
export class ManifestWriter {
  readonly #streams = new Map<string, Stream>();

  add({ topic, instrument, producer, sequence, data }: ReplayRow): void {
    const key = `${topic} ${instrument} ${producer}`;
    const stream = this.#streams.get(key) ?? {
      topic,
      instrument,
      producer,
      count: 0,
      first: sequence,
      last: sequence,
      hash: createHash('sha256'),
    };
    this.#streams.set(key, stream);
    stream.count += 1;
    stream.last = sequence;
    stream.hash.update(data).update('\n');
  }

  /** By topic, instrument and producer. Nothing may be added behind it. */
  finish(): StreamManifest[] {
    return [...this.#streams.entries()]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { topic, instrument, producer, count, first, last, hash }]) => ({
        topic,
        instrument: instrument === '' ? null : instrument,
        producer,
        count,
        first_sequence: first === undefined ? null : String(first),
        last_sequence: last === undefined ? null : String(last),
        sha256: hash.digest('hex'),
      }));
  }
}
