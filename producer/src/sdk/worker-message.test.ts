import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { PublishResponseSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import { expect, it } from 'vitest';
import { decodeWorkerMessage } from './worker-message.ts';

const encode = (init: MessageInitShape<typeof PublishResponseSchema>) =>
  toBinary(PublishResponseSchema, create(PublishResponseSchema, init));

it('reads an Ack into numbers', () => {
  const value = { durableThrough: 2n ** 52n, committedThrough: 7n };
  expect(decodeWorkerMessage(encode({ response: { case: 'ack', value } }))).toEqual({
    kind: 'ack',
    durableThrough: 2 ** 52,
    committedThrough: 7,
  });
});

it('refuses a sequence that a number cannot hold exactly', () => {
  const bytes = encode({ response: { case: 'ack', value: { durableThrough: 2n ** 53n } } });
  expect(() => decodeWorkerMessage(bytes)).toThrow('durable_through is 9007199254740992');
});

it('refuses a response of a kind that it does not know', () => {
  expect(() => decodeWorkerMessage(new Uint8Array([0x7a, 0x00]))).toThrow(
    'not Welcome, Ack or Nack',
  );
});
