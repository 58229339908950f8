import { describe, expect, it } from 'vitest';
import { Scenario } from '../testing/scenario.ts';

const SEED = 7;

const pair = (): Scenario => new Scenario(SEED, (same) => same, 2);

const durable = ({ world }: Scenario): number =>
  Math.max(...world.producerNames.map((name) => world.promises.durableThrough(name)));

describe('two regions', () => {
  it('end with the same rows', async () => {
    const scenario = pair();
    await scenario.finish();
    expect(scenario.found).toEqual([]);
    const [east, west] = scenario.world.regions;
    for (const { producer, events } of scenario.world.feeds) {
      expect(east.commits.committedThrough(producer)).toBe(events.length);
      expect(west?.commits.committedThrough(producer)).toBe(events.length);
    }
  });

  it('go on when the primary loses its power, and lose nothing', async () => {
    const scenario = pair();
    const { world } = scenario;
    for (const region of [world.regions[0], world.regions[1], world.regions[0]]) {
      const before = durable(scenario);
      await scenario.until(() => durable(scenario) > before + 20);
      for (const { kept } of region?.workers ?? []) kept.kill(true);
    }
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });
});
