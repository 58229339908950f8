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

it('frames a Hello', () => {
  const bytes = frameHello({ producer: 'p', incarnation: 2n ** 53n, knownEpoch: 3 });
  const { request } = fromBinary(PublishRequestSchema, bytes);
  expect(request).toMatchObject({ case: 'hello', value: { producer: 'p', knownEpoch: 3 } });
});
