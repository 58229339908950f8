import { create, toBinary } from '@bufbuild/protobuf';
import { PublishRequestSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import { expect, it } from 'vitest';
import { decodePublishRequest } from './publish-codec.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function requestOf(traceparent: string): Buffer {
  const request = { case: 'batch', value: { firstSequence: 42n } } as const;
  return Buffer.from(
    toBinary(PublishRequestSchema, create(PublishRequestSchema, { request, traceparent })),
  );
}

it('hands on what a batch is traced under', () => {
  const message = decodePublishRequest(requestOf(TRACEPARENT));
  expect(message).toMatchObject({ kind: 'batch', traceparent: TRACEPARENT });
});

it('takes a batch whose traceparent has another length as one that is not traced', () => {
  const plain = decodePublishRequest(requestOf(''));
  for (const traceparent of ['x', TRACEPARENT.slice(1), 'x'.repeat(100_000)]) {
    expect(decodePublishRequest(requestOf(traceparent))).toEqual(plain);
  }
});
