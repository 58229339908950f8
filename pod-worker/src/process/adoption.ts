import { FeedmillError } from '@feedmill/core/errors';

/** What a producer brings to the shard it is bound to: the payload of an ADOPT entry. */
export interface Adoption {
  readonly name: string;
  /** Highest sequence that Postgres holds; the shard goes on after it. */
  readonly lastSequence: number;
  readonly incarnation: bigint;
  /** State of its processors at that sequence; empty for a new producer. */
  readonly state: Uint8Array;
}

export function encodeAdoption(adoption: Adoption): Buffer {
  return Buffer.from(
    JSON.stringify({
      name: adoption.name,
      lastSequence: adoption.lastSequence,
      incarnation: String(adoption.incarnation),
      state: Buffer.from(adoption.state).toString('base64'),
    }),
  );
}

export function decodeAdoption(payload: Uint8Array): Adoption {
  try {
    const fields = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>;
    return {
      name: String(fields['name']),
      lastSequence: Number(fields['lastSequence']),
      incarnation: BigInt(String(fields['incarnation'])),
      state: Buffer.from(String(fields['state']), 'base64'),
    };
  } catch (error) {
    throw new FeedmillError('JOURNAL_CORRUPT', 'An ADOPT entry cannot be read.', { cause: error });
  }
}
