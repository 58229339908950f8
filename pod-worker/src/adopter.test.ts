import { create } from '@bufbuild/protobuf';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpoch, asPosition } from '@feedmill/core/brand';
import { BindingSchema } from '@feedmill/proto/feedmill/v1/control_pb';
import { expect, test } from 'vitest';
import { Adopter, type ProducerPast } from './adopter.ts';
import { ProducerDirectory } from './ingest/producer-directory.ts';
import type { Journal } from './journal/journal.ts';

const silent = { info: () => undefined, warn: () => undefined };

test('a producer that is bound elsewhere while Postgres is asked is not taken', async () => {
  const directory = new ProducerDirectory(0);
  const appended: unknown[] = [];
  let answer: (past: ProducerPast) => void = () => undefined;
  const journal = {
    append: (entry: unknown) => {
      appended.push(entry);
      return { position: asPosition(appended.length) };
    },
  } as unknown as Journal;
  const adopter = new Adopter(asEpoch(1), {
    clock: systemClock(),
    journal,
    directory,
    readPast: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    lastSequenceOf: () => 0,
    log: silent,
  });
  const binding = (shard: number, moving: boolean) =>
    create(BindingSchema, { producer: 'a', shard, address: '', moving });
  directory.setBindings(1n, [binding(0, false)]);
  adopter.reconcile();
  directory.setBindings(2n, [binding(1, true)]);
  adopter.reconcile();
  answer({ record: undefined, states: [] });
  await adopter.stop();
  expect(appended).toEqual([]);
  expect([...directory.slots()]).toEqual([]);
});
