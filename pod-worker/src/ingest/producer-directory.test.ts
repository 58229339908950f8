import { create } from '@bufbuild/protobuf';
import { type Binding, BindingSchema } from '@feedmill/proto/feedmill/v1/control_pb';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { ProducerDirectory } from './producer-directory.ts';

const bound = (shard: number, moving = false): Binding =>
  create(BindingSchema, { producer: 'a', shard, address: `worker-${shard}:1`, moving });

test('a producer that moves is told to come again, by its old shard and by its new one', () => {
  for (const shard of [0, 1]) {
    const directory = new ProducerDirectory(shard);
    directory.setBindings(1n, [bound(0)]);
    if (shard === 0) directory.addSlot('a');
    directory.setBindings(2n, [bound(1, true)]);
    expect(directory.admit('a')).toMatchObject({ code: status.UNAVAILABLE });
    expect(directory.unadopted()).toEqual([]);
  }
});

test('a producer that moves leaves its shard at once, and is taken when the move is over', () => {
  const [old, next] = [new ProducerDirectory(0), new ProducerDirectory(1)];
  old.setBindings(1n, [bound(0)]);
  old.addSlot('a');
  for (const directory of [old, next]) directory.setBindings(2n, [bound(1, true)]);
  expect(old.departing().map(({ name }) => name)).toEqual(['a']);
  for (const directory of [old, next]) directory.setBindings(3n, [bound(1)]);
  expect(next.unadopted()).toEqual(['a']);
  expect(old.admit('a')).toMatchObject({
    code: status.FAILED_PRECONDITION,
    trailers: { 'feedmill-shard': '1', 'feedmill-address': 'worker-1:1' },
  });
});

test('a producer that nobody declared is not found', () => {
  const directory = new ProducerDirectory(0);
  expect(directory.admit('a')).toMatchObject({ code: status.NOT_FOUND });
});
