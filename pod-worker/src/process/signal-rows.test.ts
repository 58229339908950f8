import type { FeedEvent } from '@feedmill/core/event';
import type { SignalRule } from '@feedmill/core/signal/signal-rule';
import { stableId } from '@feedmill/core/stable-id';
import { AlertState, SignalKind } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { expect, it } from 'vitest';
import { DAY, definition, event, trade } from './testing/processed-rows.ts';
import { TestJournal } from './testing/test-journal.ts';

const NANOS_PER_SECOND = 1_000_000_000n;
const UNIT = 1_000_000_000;

const MOVE: SignalRule = {
  name: 'move',
  kind: 'price-move',
  instruments: ['AAPL.XNAS'],
  windowMs: 60_000,
  steps: 20,
  threshold: 0.05,
  cooldownMs: 0,
  alert: true,
};
const SHOCK: SignalRule = { ...MOVE, name: 'shock', kind: 'news-shock', threshold: 0.5 };

const tradeAt = (seconds: number, price: number): FeedEvent =>
  trade(
    { price: price * UNIT, size: UNIT, tradeId: `${seconds}` },
    { tsEvent: DAY + BigInt(seconds) * NANOS_PER_SECOND + 7n },
  );
const scored = (instrument: string, sentimentScore: number): FeedEvent =>
  event({
    case: 'news',
    value: {
      headline: 'Something',
      modelId: 'theirs',
      entities: [
        { text: 'X', instrumentId: stableId(instrument), sentimentScore, confidence: 0.8 },
      ],
    },
  });

it('a signal is a row with what has made it, and an alert has an id of its own', () => {
  const journal = new TestJournal();
  journal.settings({ sendsAlerts: true });
  journal.load('signals', 1, [MOVE]);
  const { signals } = journal.send(
    definition('AAPL.XNAS'),
    tradeAt(0, 100),
    tradeAt(1, 105),
    tradeAt(2, 110),
  );
  expect(signals).toMatchObject([
    {
      instrumentId: stableId('AAPL.XNAS'),
      producerId: stableId('p'),
      rule: 'move',
      kind: SignalKind.PRICE_MOVE,
      value: 105 / 100 - 1,
      base: 100 * UNIT,
      threshold: 0.05,
      windowMs: 60_000,
      tsEvent: DAY + NANOS_PER_SECOND + 7n,
      tsInit: DAY,
      position: 4,
      rowIndex: 0,
      alert: { state: AlertState.PENDING },
    },
    { rowIndex: 1 },
  ]);
  const [first, second] = signals.map(({ alert }) => alert?.id);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(second).not.toBe(first);
});

it('where nobody is told an alert is only kept', () => {
  const journal = new TestJournal();
  journal.load('signals', 1, [MOVE]);
  const { signals } = journal.send(definition('AAPL.XNAS'), tradeAt(0, 100), tradeAt(1, 105));
  expect(signals[0]?.alert?.state).toBe(AlertState.KEPT);
});

it('rules hold from their place in the journal on', () => {
  const journal = new TestJournal();
  journal.send(definition('AAPL.XNAS'), tradeAt(0, 100), tradeAt(1, 120));
  journal.load('signals', 1, [MOVE]);
  expect(journal.send(tradeAt(2, 100)).signals).toEqual([]);
  expect(journal.send(tradeAt(3, 120)).signals).toHaveLength(1);
  journal.load('signals', 2, []);
  expect(journal.send(tradeAt(4, 100)).signals).toEqual([]);
});

it('trades that are refused say nothing', () => {
  const journal = new TestJournal();
  journal.load('signals', 1, [MOVE]);
  journal.send(definition('AAPL.XNAS'), tradeAt(0, 100));
  const { signals, deadLetters } = journal.send(tradeAt(1, -500));
  expect([signals.length, deadLetters.length]).toEqual([0, 1]);
});

it('news shock the instruments that they name, by score and confidence', () => {
  const journal = new TestJournal();
  journal.load('signals', 1, [SHOCK]);
  journal.load('entities', 1, [{ instrument: 'AAPL.XNAS', kind: 'NAME', text: 'Apple' }]);
  expect(journal.send(scored('AAPL.XNAS', -0.5), scored('META.XNAS', -1)).signals).toEqual([]);
  const [signal] = journal.send(scored('AAPL.XNAS', -0.5)).signals;
  expect(signal).toMatchObject({
    kind: SignalKind.NEWS_SHOCK,
    instrumentId: stableId('AAPL.XNAS'),
  });
  expect(signal?.value).toBeCloseTo(-0.8, 5);
});

it('a shard that goes on from a checkpoint finds what one that went through finds', () => {
  const run = (isRestarted: boolean) => {
    const journal = new TestJournal();
    const step = (): void => {
      if (isRestarted) journal.restart();
    };
    journal.settings({ sendsAlerts: true });
    journal.load('signals', 1, [MOVE, SHOCK]);
    step();
    journal.send(definition('AAPL.XNAS'), tradeAt(0, 100), scored('AAPL.XNAS', 0.5));
    step();
    const found = [...journal.send(tradeAt(1, 106), scored('AAPL.XNAS', 0.5)).signals];
    step();
    return [...found, ...journal.send(tradeAt(2, 95)).signals];
  };
  expect(run(true)).toEqual(run(false));
});
