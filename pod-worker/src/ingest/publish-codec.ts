import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FeedmillError } from '@feedmill/core/errors';
import { TRACEPARENT_LENGTH } from '@feedmill/core/tracer';
import { WireError } from '@feedmill/core/wire/wire-format';
import { WireReader } from '@feedmill/core/wire/wire-reader';
import {
  type Hello,
  HelloSchema,
  type NackReason,
  type PublishResponse,
  PublishResponseSchema,
} from '@feedmill/proto/feedmill/v1/ingest_pb';

const HELLO_TAG = (1 << 3) | 2;
const BATCH_TAG = (2 << 3) | 2;
const TRACEPARENT_TAG = (3 << 3) | 2;

/** A message of the producer; a batch stays the bytes that it came in. */
export type PublishMessage =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'batch'; readonly bytes: Uint8Array; readonly traceparent?: string }
  /** Undecodable, or neither of the two. The stream is told why. */
  | { readonly kind: 'broken'; readonly error: FeedmillError };

const reader = new WireReader();

/** Takes a PublishRequest apart without decoding or copying the batch within. */
export function decodePublishRequest(bytes: Buffer): PublishMessage {
  try {
    let message: PublishMessage | undefined;
    let traceparent: string | undefined;
    reader.reset(bytes);
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      if (tag === TRACEPARENT_TAG) {
        reader.readBytes();
        if (reader.stop - reader.start !== TRACEPARENT_LENGTH) continue;
        traceparent = bytes.toString('latin1', reader.start, reader.stop);
        continue;
      }
      if (tag !== HELLO_TAG && tag !== BATCH_TAG) {
        reader.skip(tag);
        continue;
      }
      reader.readBytes();
      const body = bytes.subarray(reader.start, reader.stop);
      message =
        tag === BATCH_TAG
          ? { kind: 'batch', bytes: body }
          : { kind: 'hello', hello: fromBinary(HelloSchema, body) };
    }
    if (message?.kind === 'batch' && traceparent !== undefined) return { ...message, traceparent };
    if (message !== undefined) return message;
    return broken('the message holds neither a Hello nor a Batch');
  } catch (error) {
    const why =
      error instanceof WireError || error instanceof Error ? error.message : String(error);
    return broken(why);
  }
}

export function encodePublishResponse(response: PublishResponse): Buffer {
  return Buffer.from(toBinary(PublishResponseSchema, response));
}

export function welcome(fields: {
  resumeAfter: number;
  committedThrough: number;
  shard: number;
  epoch: number;
  batchBytesMax: number;
  bytesInFlightMax: number;
}): PublishResponse {
  return create(PublishResponseSchema, {
    response: {
      case: 'welcome',
      value: {
        ...fields,
        resumeAfter: BigInt(fields.resumeAfter),
        committedThrough: BigInt(fields.committedThrough),
      },
    },
  });
}

export function ack(durableThrough: number, committedThrough: number): PublishResponse {
  return create(PublishResponseSchema, {
    response: {
      case: 'ack',
      value: {
        durableThrough: BigInt(durableThrough),
        committedThrough: BigInt(committedThrough),
      },
    },
  });
}

export function heartbeat(): PublishResponse {
  return create(PublishResponseSchema, { response: { case: 'heartbeat', value: {} } });
}

export function nack(
  reason: NackReason,
  expectedSequence: number,
  message: string,
): PublishResponse {
  return create(PublishResponseSchema, {
    response: {
      case: 'nack',
      value: { reason, expectedSequence: BigInt(expectedSequence), message },
    },
  });
}

function broken(why: string): PublishMessage {
  return {
    kind: 'broken',
    error: new FeedmillError(
      'BATCH_UNDECODABLE',
      `A PublishRequest cannot be read: ${why}. Nothing of it was taken; repair the producer.`,
    ),
  };
}
