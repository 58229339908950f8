import { FeedmillError } from '@feedmill/core/errors';
import { describe, expect, it } from 'vitest';
import { Scenario } from '../testing/scenario.ts';
import { judgeEnd } from './judge-end.ts';

/** What is found where a worker ends because another process holds its shard. */
function foundOfFenced(acceptsJournalLoss: boolean, holder: string): string[] {
  const scenario = new Scenario(7);
  const { world } = scenario;
  const [worker] = world.workers;
  if (worker === undefined) throw new Error('nobody is there');
  worker.acceptsJournalLoss = acceptsJournalLoss;
  const error = new FeedmillError('FENCED', `Shard 0 is held by ${holder} with epoch 2.`);
  judgeEnd(world, worker.name, { kind: 'failed', error });
  return scenario.found;
}

describe('the end of a fenced worker', () => {
  it('is explained where its volume is new and a process that was killed took the shard', () => {
    expect(foundOfFenced(true, 'worker-0#7')).toEqual([]);
  });

  it('is not explained where its volume knows who has lived there', () => {
    expect(foundOfFenced(false, 'worker-0#7')).toHaveLength(1);
  });

  it('is not explained by the process itself', () => {
    expect(foundOfFenced(true, 'worker-0#1')).toHaveLength(1);
  });
});
