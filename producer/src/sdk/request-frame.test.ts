import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BatchSchema, PublishRequestSchema } from '@feedmill/proto/feedmill/v1/ingest_pb';
import { expect, it } from 'vitest';
import { frameBatch, frameHello } from './request-frame.ts';

it.each([0, 1, 100, 20_000, 3_000_000])(
  'frames a batch with a text of %i bytes as the generated code would',
  (textBytes) => {
    const symbols = [{ publisherId: 1, venue: 'X', rawSymbol: 'a'.repeat(textBytes) }];
    const batch = create(BatchSchema, { firstSequence: 42n, symbols });
    const framed = frameBatch(Buffer.from(toBinary(BatchSchema, batch)));
    const expected = create(PublishRequestSchema, { request: { case: 'batch', value: batch } });
    expect(framed.equals(toBinary(PublishRequestSchema, expected))).toBe(true);
  },
);

it('frames a traced batch as the generated code would', () => {
  const batch = create(BatchSchema, { firstSequence: 42n });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const framed = frameBatch(Buffer.from(toBinary(BatchSchema, batch)), traceparent);
  const request = { case: 'batch', value: batch } as const;
  const expected = create(PublishRequestSchema, { request, traceparent });
  expect(framed.equals(toBinary(PublishRequestSchema, expected))).toBe(true);
});

it('frames a Hello', () => {
  const bytes = frameHello({ producer: 'p', incarnation: 2n ** 53n, knownEpoch: 3 });
  const { request } = fromBinary(PublishRequestSchema, bytes);
  expect(request).toMatchObject({ case: 'hello', value: { producer: 'p', knownEpoch: 3 } });
});
