import { expect, it } from 'vitest';
import { ConnectorReporter } from './connector-report.ts';
import { FeedmillProducer } from './sdk/feedmill-producer.ts';
import { LatencyHistogram } from './sdk/latency-histogram.ts';
import { ManualClock } from './sdk/testing/manual-clock.ts';
import { sampleTrades } from './sdk/testing/sample-events.ts';
import { ScriptedTransport } from './sdk/testing/scripted-transport.ts';
import { ArraySource } from './testing/array-source.ts';

async function setUp() {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const producer = new FeedmillProducer(
    { producer: 'feed-1', locate: { fixed: 'a:1' } },
    { transport, clock, random: () => 0.5, incarnation: { next: () => Promise.resolve(1) } },
  );
  const source = new ArraySource(sampleTrades(10));
  const reporter = new ConnectorReporter(() => producer.stats(), source, clock);
  void producer.connect();
  await clock.settle();
  return { clock, transport, producer, reporter };
}

it('says what is sent, durable and committed over all starts, and how fast this is', async () => {
  const { clock, transport, producer, reporter } = await setUp();
  expect(reporter.report('report')).toMatchObject({ shard: null, sent: 0, state: 'greeting' });
  transport.last.welcome({ resumeAfter: 1_000, committedThrough: 1_000, shard: 3 });
  await clock.settle();
  await clock.advance(250);
  await producer.publish(sampleTrades(500));
  await clock.advance(2);
  transport.last.ack(1_500, 1_400);
  await clock.advance(248);
  const report = reporter.report('report');
  expect(report).toMatchObject({
    type: 'report',
    producer: 'feed-1',
    shard: 3,
    sent: 1_500,
    durable: 1_500,
    committed: 1_400,
    resumedAfter: 1_000,
    eventsPerSecond: 1_000,
    fraction: 0,
    state: 'streaming',
    problems: { badLine: 2 },
    latency: { durableMs: { count: 500, p50: 2, p99: 2, p999: 2 }, committedMs: null },
  });
  expect(report.histograms).toBeUndefined();
});

it('ends with histograms that can be added up over producers', async () => {
  const { clock, transport, producer, reporter } = await setUp();
  transport.last.welcome();
  await clock.settle();
  await producer.publish(sampleTrades(10));
  await clock.advance(5);
  transport.last.ack(10, 10);
  const done = JSON.parse(JSON.stringify(reporter.report('done'))) as ReturnType<
    typeof reporter.report
  >;
  const sum = new LatencyHistogram();
  sum.addPairs(done.histograms?.committed ?? []);
  sum.addPairs(done.histograms?.committed ?? []);
  expect(sum.summary()).toMatchObject({ count: 20, p50: 5 });
});
