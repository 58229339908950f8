import { create } from '@bufbuild/protobuf';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpoch, asPosition } from '@feedmill/core/brand';
import { BindingSchema } from '@feedmill/proto/feedmill/v1/control_pb';
import { expect, test, vi } from 'vitest';
import { Adopter, type ProducerPast } from './adopter.ts';
import { PendingReleases } from './ingest/pending-releases.ts';
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
    releases: new PendingReleases(),
    committed: () => asPosition(0),
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
  // It was given to another shard at once while it was being taken over here.
  expect(adopter.claimed()).toEqual(['a']);
  directory.setBindings(2n, [binding(1, true)]);
  expect(adopter.claimed()).toEqual([]);
  adopter.reconcile();
  answer({ record: undefined, states: [] });
  await adopter.stop();
  expect(appended).toEqual([]);
  expect([...directory.slots()]).toEqual([]);
});

test('a producer that comes back waits until what it published here is committed', async () => {
  // It was told to send from the beginning once, although all of it was acknowledged.
  const directory = new ProducerDirectory(0);
  const releases = new PendingReleases();
  let committed = asPosition(6);
  let asked = 0;
  const appended: unknown[] = [];
  const journal = {
    stampFrom: () => undefined,
    append: (entry: unknown) => {
      appended.push(entry);
      return { position: asPosition(8) };
    },
  } as unknown as Journal;
  const adopter = new Adopter(asEpoch(1), {
    clock: systemClock(),
    journal,
    directory,
    releases,
    committed: () => committed,
    readPast: () => {
      asked += 1;
      return Promise.resolve({ record: undefined, states: [] });
    },
    lastSequenceOf: () => 0,
    log: {
      info: () => undefined,
      warn: () => {
        expect(asked).toBe(0);
        committed = asPosition(7);
      },
    },
  });
  releases.note('a', asPosition(7));
  directory.setBindings(1n, [create(BindingSchema, { producer: 'a', shard: 0, address: '' })]);
  adopter.reconcile();
  await vi.waitUntil(() => appended.length > 0);
  expect(asked).toBe(1);
  expect(adopter.claimed()).toEqual([]);
  await adopter.stop();
});
