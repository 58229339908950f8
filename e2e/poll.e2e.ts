// Polled answers and feeds of news, from a real HTTP server on loopback.

import type { FeedEvent } from '@feedmill/core/event';
import { GapCause, RejectReason } from '@feedmill/proto/feedmill/v1/event_pb';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveReading, MemoryState } from './harness/live-reading.ts';
import { type VenueScript, VenueServer } from './harness/venue-server.ts';
import { pause, until } from './harness/waiting.ts';

const open: { close?: () => Promise<void>; stop?: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await (each.stop?.() ?? each.close?.());
});

async function serve(rest: NonNullable<VenueScript['rest']>): Promise<VenueServer> {
  const server = await VenueServer.open({ play: async () => undefined, rest });
  open.push(server);
  return server;
}

function reading(spec: string, options = {}): LiveReading {
  const made = new LiveReading(spec, options);
  open.push(made);
  return made;
}

const addressOf = (server: VenueServer): string =>
  `url=http://127.0.0.1:${server.port}/list&every=100ms`;
const TRADES =
  'as=trade&items=$.trades[*]&symbol=@.s&id=@.id&price=@.p&size=@.q&side=@.side&time=@.t';
interface SentTrade {
  readonly id: number;
  readonly p: string;
}
const trade = (id: number, p = '1.5'): SentTrade => {
  const rest = { s: 'EURUSD', q: 2, side: 'buy', t: 1_736_173_800_000 + id };
  return { ...rest, id, p };
};
/** The newest first, as such lists are. */
const trades = (...listed: SentTrade[]): { body: string } => ({
  body: JSON.stringify({ trades: listed.toReversed() }),
});
const idsOf = (events: readonly FeedEvent[]): string[] =>
  events.flatMap(({ body }) => (body.case === 'trade' ? [body.value.tradeId] : []));

describe('a polled list', () => {
  it('sends each item once, in the order of their times, and asks for changes only', async () => {
    let etag = '"one"';
    const asked: (string | undefined)[] = [];
    const server = await serve((_path, _count, headers) => {
      asked.push(headers['if-none-match']);
      if (headers['if-none-match'] === etag) return { status: 304, body: '' };
      const listed = etag === '"one"' ? [trade(1), trade(2)] : [trade(1), trade(2), trade(3)];
      return { ...trades(...listed), headers: { etag } };
    });
    const polled = reading(`poll:fx?${addressOf(server)}&${TRADES}`);
    await until('it has asked three times', () => asked.length >= 3);
    etag = '"two"';
    await polled.until('all of them', (each) => each.of('trade').length === 3);
    await polled.stop();
    expect(idsOf(polled.events)).toEqual(['1', '2', '3']);
    expect(asked.slice(0, 2)).toEqual([undefined, '"one"']);
    expect(polled.of('definition').map(({ body }) => body.value)).toMatchObject([
      { instrument: 'EURUSD.FX' },
    ]);
    expect(polled.statuses).toEqual(['CONNECTED', 'DISCONNECTED']);
    const [first] = polled.of('trade');
    expect(first).toMatchObject({
      tsEvent: 1_736_173_800_001_000_000n,
      body: { value: { price: 1_500_000_000, size: 2_000_000_000, aggressorSide: 1 } },
    });
  });

  it('sends an item once that one answer lists twice', async () => {
    const server = await serve(() => trades(trade(1), trade(1), trade(1, '2')));
    const polled = reading(`poll:fx?${addressOf(server)}&${TRADES}`);
    await until('it has asked three times', () => server.requests.length >= 3);
    await polled.stop();
    expect(idsOf(polled.events)).toEqual(['1']);
    expect(polled.of('correction')).toEqual([]);
  });

  it('says what was changed behind its back as a correction', async () => {
    const server = await serve((_path, count) => trades(trade(1, count === 1 ? '1.5' : '1.6')));
    const polled = reading(`poll:fx?${addressOf(server)}&${TRADES}`);
    await polled.until('a correction', (each) => each.of('correction').length === 1);
    await pause(300);
    expect(polled.of('correction').map(({ body }) => body.value)).toMatchObject([
      { correctsTradeId: '1', price: 1_600_000_000n },
    ]);
    expect(idsOf(polled.events)).toEqual(['1']);
  });

  it('sends exactly what no worker has taken after it was killed', async () => {
    let listed = [trade(1), trade(2), trade(3)];
    const server = await serve(() => trades(...listed));
    const state = new MemoryState();
    const spec = `poll:fx?${addressOf(server)}&${TRADES}`;
    const first = reading(spec, { state });
    await first.until('all of them', (each) => each.of('trade').length === 3);
    await first.stop();
    // CONNECTED, the definition and the first trade were taken; the buffer with the rest is gone.
    listed = [...listed, trade(4)];
    const second = reading(spec, { state, after: 3 });
    await second.until('the rest', (each) => each.of('trade').length === 3);
    await pause(300);
    expect(idsOf(second.events)).toEqual(['2', '3', '4']);
    expect(second.of('gap')).toEqual([]);
    expect(second.of('feedStatus')[0]?.body.value).toMatchObject({ gapCause: GapCause.RESTART });
  });

  it('has a gap when nothing of the answer before is in the next', async () => {
    const server = await serve((_path, count) =>
      count === 1 ? trades(trade(1), trade(2)) : trades(trade(7), trade(8)),
    );
    const polled = reading(`poll:fx?${addressOf(server)}&${TRADES}`);
    await polled.until('the second list', (each) => each.of('trade').length === 4);
    expect(polled.of('gap').map(({ body }) => body.value)).toMatchObject([
      { cause: GapCause.OVERFLOW, firstMissing: 1n, lastMissing: 1n },
    ]);
  });

  it('backs off while there is no answer, as long as it is asked to, and says so', async () => {
    const atMs: number[] = [];
    const server = await serve((_path, count) => {
      atMs.push(performance.now());
      if (count === 2) return { status: 503, headers: { 'retry-after': '1' }, body: 'slowly' };
      return count === 1 ? trades(trade(1)) : trades(trade(1), trade(2));
    });
    const polled = reading(`poll:fx?${addressOf(server)}&${TRADES}`);
    await polled.until('both', (each) => each.of('trade').length === 2);
    expect((atMs[2] ?? 0) - (atMs[1] ?? 0)).toBeGreaterThan(950);
    expect(polled.statuses).toEqual(['CONNECTED', 'DISCONNECTED', 'CONNECTED']);
    expect(polled.of('feedStatus')[1]?.body.value).toMatchObject({
      gapCause: GapCause.NETWORK,
      reason: expect.stringMatching(/answers 503: slowly/),
    });
  });

  it('keeps each item that it cannot read, once, and goes on with the others', async () => {
    const bad = [
      { ...trade(1), p: '1.0000000001' },
      { ...trade(2), p: 'much' },
      { ...trade(3), side: 'up' },
      { ...trade(4), s: undefined },
      { ...trade(5), t: 'yesterday' },
    ];
    const server = await serve((_path, count) =>
      count === 2 ? { body: '{"trades":' } : trades(...bad, trade(6)),
    );
    const polled = reading(`poll:fx?${addressOf(server)}&${TRADES}`);
    await until('it has asked five times', () => server.requests.length >= 5);
    await polled.stop();
    const reasons = polled
      .of('rejected')
      .map(({ body }) => (body.value as { reason: number }).reason);
    expect(reasons.toSorted((a, b) => a - b)).toEqual([
      RejectReason.MALFORMED,
      ...Array<number>(4).fill(RejectReason.BAD_FIELD),
      RejectReason.NUMBER_INEXACT,
    ]);
    expect(idsOf(polled.events)).toEqual(['6']);
  });

  it('sends a quote when it is another, by the name that it stands under', async () => {
    const rates = [
      { EUR: 1.1, GBP: 1.3 },
      { EUR: 1.1, GBP: 1.31 },
      { EUR: null, GBP: 1.31 },
    ];
    const server = await serve((_path, count) => ({
      body: JSON.stringify({ rates: rates[Math.min(count, 3) - 1] }),
    }));
    const spec = `poll:ecb?${addressOf(server)}&as=quote&items=$.rates.*&symbol=@~&bid=@&ask=@`;
    const polled = reading(spec);
    await polled.until('four', (each) => each.of('quote').length === 4);
    await pause(300);
    expect(
      polled
        .of('quote')
        .map(({ symbol, body }) => [symbol.rawSymbol, (body.value as { bidPx: unknown }).bidPx]),
    ).toEqual([
      ['EUR', 1_100_000_000],
      ['GBP', 1_300_000_000],
      ['GBP', 1_310_000_000],
      ['EUR', 9_223_372_036_854_775_807n],
    ]);
  });
});

describe('a feed of news', () => {
  const item = (guid: string, title: string): string =>
    `<item><guid>${guid}</guid><title>${title}</title>` +
    `<pubDate>Mon, 06 Jan 2025 14:30:0${guid} GMT</pubDate></item>`;
  const rss = (...items: string[]): { body: string } => ({
    body: `<rss><channel><title>Wire</title>${items.join('')}</channel></rss>`,
  });

  it('sends each article once, and its later editions as corrections', async () => {
    const server = await serve((_path, count) =>
      count < 3
        ? rss(item('2', 'B rises'), item('1', 'A falls'))
        : rss(item('3', 'C opens'), item('2', 'B falls'), item('1', 'A falls')),
    );
    const news = reading(`news:rss?${addressOf(server)}`);
    await news.until('four', (each) => each.of('news').length === 4);
    await pause(300);
    expect(news.of('news').map(({ body }) => body.value)).toMatchObject([
      { newsId: '1', headline: 'A falls', revision: 0, source: 'Wire', isCorrection: false },
      { newsId: '2', headline: 'B rises', revision: 0 },
      { newsId: '2', headline: 'B falls', revision: 1, isCorrection: true },
      { newsId: '3', headline: 'C opens', revision: 0 },
    ]);
    expect(news.of('gap')).toEqual([]);
  });

  it('keeps a page that is no feed as a dead letter, once, and comes back', async () => {
    const server = await serve((_path, count) =>
      count < 4 ? { body: '<html>Sign in</html>' } : rss(item('1', 'A falls')),
    );
    const news = reading(`news:rss?${addressOf(server)}`);
    await news.until('an article', (each) => each.of('news').length === 1);
    expect(news.of('rejected').map(({ body }) => body.value)).toMatchObject([
      { reason: RejectReason.MALFORMED, detail: 'the root is <html> where <rss> was expected' },
    ]);
  });
});
