import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ManifestWriter } from './manifest.ts';
import type { ReplayRow } from './replay-rows.ts';

const row = (producer: string, sequence: bigint, data: string): ReplayRow => ({
  nanos: sequence,
  topic: 'trades',
  instrument: 'A.X',
  names: ['A.X'],
  producer,
  sequence,
  data,
});

test('a manifest counts and hashes each stream as its messages were told', () => {
  const manifest = new ManifestWriter();
  for (const each of [row('b', 7n, '{"n":1}'), row('a', 3n, '{"n":2}'), row('b', 9n, '{"n":3}')]) {
    manifest.add(each);
  }
  expect(manifest.finish()).toEqual([
    {
      topic: 'trades',
      instrument: 'A.X',
      producer: 'a',
      count: 1,
      first_sequence: '3',
      last_sequence: '3',
      sha256: createHash('sha256').update('{"n":2}\n').digest('hex'),
    },
    {
      topic: 'trades',
      instrument: 'A.X',
      producer: 'b',
      count: 2,
      first_sequence: '7',
      last_sequence: '9',
      sha256: createHash('sha256').update('{"n":1}\n{"n":3}\n').digest('hex'),
    },
  ]);
});
