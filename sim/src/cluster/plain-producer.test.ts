import { expect, it } from 'vitest';
import { Scenario } from '../testing/scenario.ts';
import type { ClusterOptions } from './cluster-options.ts';

const plain = (options: ClusterOptions): ClusterOptions => ({
  ...options,
  producers: options.producers.map((each) => ({ ...each, isPlain: true, batchEventsMax: 8 })),
});

it('stores once what a client sends in overlapping batches, with gaps', async () => {
  const scenario = new Scenario(7, plain);
  const { world } = scenario;
  const [producer] = world.producers;
  if (producer === undefined) throw new Error('nobody is there');
  const { promises } = world;
  await scenario.until(() => promises.durableThrough(producer.name) > 20);
  for (const { kept } of world.workers) kept.kill(true);
  await scenario.finish();
  expect(scenario.found).toEqual([]);
});
