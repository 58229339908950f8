import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../sdk/logger.ts';
import { ManualClock } from '../sdk/testing/manual-clock.ts';
import { BITSTAMP_LIVE } from '../venues/bitstamp-live.ts';
import { COINBASE_LIVE } from '../venues/coinbase-live.ts';
import { DERIBIT_LIVE } from '../venues/deribit-live.ts';
import { OKX_LIVE } from '../venues/okx-live.ts';
import type { VenueDialect } from '../venues/venue-dialect.ts';
import { DEAD_AFTER_MS, PING_EVERY_MS, RECONNECT_BASE_MS } from './limits.ts';
import { LiveLine } from './live-line.ts';
import { RateLimiter } from './rate-limiter.ts';
import { ScriptedDialer } from './testing/scripted-dialer.ts';

let clock = new ManualClock();
let dialer = new ScriptedDialer();
let stop = new AbortController();
let heard: string[] = [];

beforeEach(() => {
  clock = new ManualClock();
  dialer = new ScriptedDialer();
  stop = new AbortController();
  heard = [];
});

/** A line that runs, with the longest waits that chance can give. */
function lineOf(dialect: VenueDialect): LiveLine {
  const line = new LiveLine(
    {
      number: 0,
      dialect,
      subscription: { symbols: ['X'], market: '' },
      urlOf: async () => 'wss://venue.example',
      connects: new RateLimiter(clock, dialect.rates.connects),
    },
    {
      onOpen: () => heard.push('open'),
      onMessage: (_line, text) => heard.push(text),
      onClose: (_line, reason) => heard.push(`closed: ${reason}`),
    },
    {
      clock,
      random: () => 0.999,
      dialer,
      http: { request: async () => ({ status: 404, headers: {}, text: '' }) },
      state: { load: async () => undefined, save: async () => undefined },
      logger: silentLogger,
    },
  );
  void line.run(stop.signal);
  return line;
}

describe('LiveLine', () => {
  it('subscribes when it is open, and hands on what comes', async () => {
    const line = lineOf(COINBASE_LIVE);
    await clock.advance(1);
    expect(line.isOpen).toBe(true);
    expect(dialer.last.sent).toEqual(COINBASE_LIVE.subscribe({ symbols: ['X'], market: '' }));
    dialer.last.says('{"type":"match"}');
    expect(heard).toEqual(['open', '{"type":"match"}']);
  });

  it('subscribes no faster than the venue allows', async () => {
    lineOf({
      ...COINBASE_LIVE,
      subscribe: () => ['a', 'b', 'c', 'd', 'e', 'f'],
      rates: { ...COINBASE_LIVE.rates, messages: { count: 2, perMs: 1000 } },
    });
    await clock.advance(1);
    expect(dialer.last.sent).toEqual(['a', 'b']);
    await clock.advance(1000);
    expect(dialer.last.sent).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is opened again with growing waits when it cannot be, or is lost', async () => {
    dialer.failures = 3;
    lineOf(COINBASE_LIVE);
    await clock.advance(RECONNECT_BASE_MS - 2);
    expect(dialer.dials).toBe(1);
    await clock.advance(RECONNECT_BASE_MS);
    expect(dialer.dials).toBe(2);
    await clock.advance(2 * RECONNECT_BASE_MS);
    expect(dialer.dials).toBe(3);
    await clock.advance(4 * RECONNECT_BASE_MS);
    expect(dialer.sockets).toHaveLength(1);
    dialer.last.closes();
    await clock.settle();
    expect(heard.at(-1)).toBe('closed: closed with 1006');
    await clock.advance(8 * RECONNECT_BASE_MS);
    expect(dialer.sockets).toHaveLength(2);
  });

  it('does not come back to a venue more often than it allows', async () => {
    dialer.failures = 1000;
    const dialect = {
      ...COINBASE_LIVE,
      rates: { ...COINBASE_LIVE.rates, connects: { count: 2, perMs: 600_000 } },
    };
    lineOf(dialect);
    await clock.advance(599_000);
    expect(dialer.dials).toBe(2);
  });

  it('asks for signs of life, and gives up a connection that gives none', async () => {
    const line = lineOf(COINBASE_LIVE);
    await clock.advance(1);
    const socket = dialer.last;
    const tickFor = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 100) {
        await clock.advance(100);
        line.tick(clock.monotonicMs());
      }
    };
    await tickFor(PING_EVERY_MS + 200);
    expect(socket.pings).toBe(1);
    socket.pongs();
    await tickFor(DEAD_AFTER_MS - 500);
    expect(socket.isOpen).toBe(true);
    await tickFor(1000);
    expect(socket.isOpen).toBe(false);
  });

  it('says what a venue wants to hear, in its own words', async () => {
    const line = lineOf(OKX_LIVE);
    await clock.advance(1);
    await clock.advance(10_000);
    line.tick(clock.monotonicMs());
    expect(dialer.last.sent.at(-1)).toBe('ping');
    dialer.last.says('pong');
    expect(heard).toEqual(['open']);
  });

  it('answers a venue that asks', async () => {
    lineOf(DERIBIT_LIVE);
    await clock.advance(1);
    dialer.last.says('{"method":"heartbeat","params":{"type":"test_request"}}');
    expect(dialer.last.sent.at(-1)).toContain('public/test');
  });

  it('leaves a connection that the venue is about to end', async () => {
    lineOf(BITSTAMP_LIVE);
    await clock.advance(1);
    dialer.last.says('{"event":"bts:request_reconnect","channel":"","data":""}');
    expect(dialer.last.isOpen).toBe(false);
    await clock.advance(RECONNECT_BASE_MS);
    expect(dialer.sockets).toHaveLength(2);
  });

  it('takes silence for no sign of death while it does not read itself', async () => {
    const line = lineOf(COINBASE_LIVE);
    await clock.advance(1);
    line.pause();
    await clock.advance(2 * DEAD_AFTER_MS);
    line.tick(clock.monotonicMs());
    expect(dialer.last).toMatchObject({ isOpen: true, isPaused: true });
    line.resume();
    line.tick(clock.monotonicMs());
    expect(dialer.last).toMatchObject({ isOpen: true, isPaused: false });
  });

  it('ends when it is told to', async () => {
    const line = lineOf(COINBASE_LIVE);
    await clock.advance(1);
    stop.abort();
    await clock.settle();
    expect(line.isOpen).toBe(false);
    await clock.advance(100_000);
    expect(dialer.sockets).toHaveLength(1);
  });
});
