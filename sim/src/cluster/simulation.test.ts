import { expect, test } from 'vitest';
import { guardedSimulation } from '../adapters/guarded-simulation.ts';

test('a seed replays bit for bit, alone and after others', async () => {
  const first = await guardedSimulation({ seed: 24 });
  const other = await guardedSimulation({ seed: 25 });
  const again = await guardedSimulation({ seed: 24 });
  expect(again).toEqual(first);
  expect(other.fingerprint).not.toBe(first.fingerprint);
});

test('leaving one fault out leaves the draws of the others as they are', async () => {
  const { faults } = await guardedSimulation({ seed: 24 });
  const kept = new Set(faults.slice(1).map(({ id }) => id));
  const result = await guardedSimulation({ seed: 24, faults: kept });
  expect(result.faults).toEqual(faults.slice(1));
});

test('some seeds find nothing', async () => {
  for (const seed of [101, 102, 103, 104]) {
    const { findings } = await guardedSimulation({ seed });
    expect(findings, `seed ${seed}`).toEqual([]);
  }
});
