import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type HelloSchema, PublishRequestSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';

// PublishRequest.batch: field 2, length-delimited (proto/feedmill/v1/ingest.proto).
const BATCH_TAG = (2 << 3) | 2;
// PublishRequest.traceparent: field 3, length-delimited.
const TRACEPARENT_TAG = (3 << 3) | 2;
const VARINT_BITS = 7;
const VARINT_MORE = 0x80;

/** Serializes a PublishRequest that holds a Hello. */
export function frameHello(hello: MessageInitShape<typeof HelloSchema>): Buffer {
  const request = create(PublishRequestSchema, { request: { case: 'hello', value: hello } });
  const bytes = toBinary(PublishRequestSchema, request);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Puts the head of a PublishRequest before a serialized Batch: one copy, nothing encoded again.
 *
 * @param traceparent of fewer than 128 characters, where the batch is traced
 */
export function frameBatch(batch: Buffer, traceparent = ''): Buffer {
  let headBytes = 2;
  for (let rest = batch.length >>> VARINT_BITS; rest > 0; rest >>>= VARINT_BITS) headBytes += 1;
  const tailBytes = traceparent === '' ? 0 : 2 + traceparent.length;
  const request = Buffer.allocUnsafe(headBytes + batch.length + tailBytes);
  request[0] = BATCH_TAG;
  let at = 1;
  let rest = batch.length;
  while (rest >= VARINT_MORE) {
    request[at++] = (rest & (VARINT_MORE - 1)) | VARINT_MORE;
    rest >>>= VARINT_BITS;
  }
  request[at] = rest;
  batch.copy(request, headBytes);
  if (tailBytes > 0) {
    at = headBytes + batch.length;
    request[at] = TRACEPARENT_TAG;
    request[at + 1] = traceparent.length;
    request.write(traceparent, at + 2, 'latin1');
  }
  return request;
}
