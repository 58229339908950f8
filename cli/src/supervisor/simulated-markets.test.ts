import { expect, test } from 'vitest';
import { declareSources } from './declared-source.ts';
import { SimulatedMarkets, type SteeredConnector } from './simulated-markets.ts';

/** A connector that notes what is asked of it. */
class NotingConnector implements SteeredConnector {
  readonly asked: string[] = [];
  source: SteeredConnector['source'];
  isDone = false;
  isHalted = false;

  constructor(text: string) {
    const [source] = declareSources([text], undefined);
    if (source === undefined) throw new TypeError(text);
    this.source = source;
  }

  async halt(): Promise<void> {
    this.isHalted = true;
    this.asked.push('halt');
    await Promise.resolve();
  }

  resume(): void {
    if (this.isHalted) this.asked.push('resume');
    this.isHalted = false;
  }

  declare(source: SteeredConnector['source']): void {
    this.source = source;
    this.asked.push(source.text);
  }
}

const steer = (markets: SimulatedMarkets, feed: string, change: object) =>
  markets.steer({ type: 'simulation-wish', wish: 1, feed, ...change });

test('simulated markets are listed with their rates, other sources are not', () => {
  const connectors = ['simulated:one?rate=50', 'push:desk', 'simulated:two'].map(
    (text) => new NotingConnector(text),
  );
  expect(new SimulatedMarkets(() => connectors).list()).toEqual([
    { feed: 'one', isRunning: true, rate: 50 },
    { feed: 'two', isRunning: true, rate: 2_000 },
  ]);
});

test('a market is stopped once and started once, however often that is asked', async () => {
  const connector = new NotingConnector('simulated:one');
  const markets = new SimulatedMarkets(() => [connector]);
  const changes = [false, false, true, true];
  await Promise.all(changes.map((isRunning) => steer(markets, 'one', { isRunning })));
  expect(connector.asked).toEqual(['halt', 'resume']);
});

test('another rate takes a new start, but does not start a market that is stopped', async () => {
  const connector = new NotingConnector('simulated:one?rate=50&seed=7');
  const markets = new SimulatedMarkets(() => [connector]);
  await steer(markets, 'one', { rate: 50 });
  expect(connector.asked).toEqual([]);
  await steer(markets, 'one', { rate: 400 });
  expect(connector.asked).toEqual(['halt', 'simulated:one?speed=1&rate=400&seed=7', 'resume']);
  await steer(markets, 'one', { isRunning: false });
  connector.asked.length = 0;
  await steer(markets, 'one', { rate: 20 });
  expect(connector.asked).toEqual(['simulated:one?speed=1&rate=20&seed=7']);
  expect(markets.list()).toEqual([{ feed: 'one', isRunning: false, rate: 20 }]);
});

test('what is no simulated market, is over, or has its own times is refused', async () => {
  const ended = new NotingConnector('simulated:ended?events=10');
  ended.isDone = true;
  const dated = new NotingConnector('simulated:dated?start=2024-01-01T00:00:00Z');
  const push = new NotingConnector('push:desk');
  const markets = new SimulatedMarkets(() => [ended, dated, push]);
  expect(await steer(markets, 'desk', { isRunning: true })).toEqual({
    kind: 'not-found',
    detail: "There is no simulated market 'desk'.",
  });
  expect(await steer(markets, 'ended', { isRunning: true })).toEqual({
    kind: 'conflict',
    detail: "The market 'ended' has come to its end, after the events it was given.",
  });
  expect(await steer(markets, 'dated', { rate: 10 })).toEqual({
    kind: 'conflict',
    detail: expect.stringContaining('only one that is live can be paced'),
  });
  expect(await steer(markets, 'dated', { isRunning: false })).toBeUndefined();
});
