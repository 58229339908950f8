import { WorkerMetrics } from '@feedmill/pod-worker/observe/worker-metrics';
import { expect, test } from 'vitest';
import { MetricText } from './metric-text.ts';

test('figures that a worker serves are found by name and labels', async () => {
  const metrics = new WorkerMetrics(3);
  metrics.epoch.set(7);
  metrics.durableSequence.set({ producer: 'odd "name"}' }, 12);
  metrics.durableSequence.set({ producer: 'market' }, 1e9);
  const text = new MetricText(await metrics.registry.metrics());
  expect(text.value('feedmill_shard_epoch')).toBe(7);
  expect(text.value('feedmill_shard_epoch', { shard: '3' })).toBe(7);
  expect(text.value('feedmill_shard_epoch', { shard: '4' })).toBeUndefined();
  expect(text.value('feedmill_producer_durable_sequence', { producer: 'market' })).toBe(1e9);
  expect(text.value('feedmill_nothing')).toBeUndefined();
});
