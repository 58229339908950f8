import { fromBinary } from '@bufbuild/protobuf';
import { asEpoch, asSequence, type Epoch, type Sequence } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import { PublishResponseSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';

export interface WelcomeMessage {
  readonly kind: 'welcome';
  /** Received by the worker, not yet durable perhaps: the next batch starts behind it. */
  readonly resumeAfter: Sequence;
  readonly committedThrough: Sequence;
  readonly shard: number;
  readonly epoch: Epoch;
  /** Largest serialized Batch that the worker takes. */
  readonly batchBytesMax: number;
  /** Bytes of batches that may be unacknowledged at a time. */
  readonly bytesInFlightMax: number;
}

export interface AckMessage {
  readonly kind: 'ack';
  readonly durableThrough: Sequence;
  readonly committedThrough: Sequence;
}

export interface NackMessage {
  readonly kind: 'nack';
  readonly expectedSequence: Sequence;
  /** The worker's sentence. */
  readonly reason: string;
}

/** The worker lives, and has nothing else to say. */
export interface HeartbeatMessage {
  readonly kind: 'heartbeat';
}

/** What a worker sends down a Publish stream (proto: PublishResponse), in our own types. */
export type WorkerMessage = WelcomeMessage | AckMessage | NackMessage | HeartbeatMessage;

/**
 * Reads one serialized PublishResponse.
 *
 * @throws FeedmillError INTERNAL when it is not protobuf, holds nothing this version knows, or a
 *   sequence is 2^53 or more
 */
export function decodeWorkerMessage(bytes: Uint8Array): WorkerMessage {
  const { response } = fromBinary(PublishResponseSchema, bytes);
  switch (response.case) {
    case 'welcome':
      return {
        kind: 'welcome',
        resumeAfter: sequenceOf('resume_after', response.value.resumeAfter),
        committedThrough: sequenceOf('committed_through', response.value.committedThrough),
        shard: response.value.shard,
        epoch: asEpoch(response.value.epoch),
        batchBytesMax: response.value.batchBytesMax,
        bytesInFlightMax: response.value.bytesInFlightMax,
      };
    case 'ack':
      return {
        kind: 'ack',
        durableThrough: sequenceOf('durable_through', response.value.durableThrough),
        committedThrough: sequenceOf('committed_through', response.value.committedThrough),
      };
    case 'nack':
      return {
        kind: 'nack',
        expectedSequence: sequenceOf('expected_sequence', response.value.expectedSequence),
        reason: response.value.message,
      };
    case 'heartbeat':
      return { kind: 'heartbeat' };
    case undefined:
      throw new FeedmillError(
        'INTERNAL',
        'The worker sent a response that is not Welcome, Ack or Nack; use an SDK as new as it.',
      );
  }
}

function sequenceOf(field: string, value: bigint): Sequence {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FeedmillError('INTERNAL', `${field} is ${value}; sequences stay below 2^53.`);
  }
  return asSequence(Number(value));
}
