import { describe, expect, it } from 'vitest';
import type { LocateAnswer } from './ingest-transport.ts';
import { Locator, type WorkerAddresses } from './locator.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { ScriptedTransport } from './testing/scripted-transport.ts';

const away: LocateAnswer = {
  kind: 'status',
  status: { code: 'UNAVAILABLE', details: 'connection refused' },
};

function setUp(addresses: WorkerAddresses) {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  return { clock, transport, locator: new Locator('feed-1', addresses, transport, clock) };
}

const target = (address: string, shard?: number) => ({
  kind: 'target',
  target: { address, shard },
});

describe('Locator', () => {
  it('asks the next worker at once when one cannot answer', async () => {
    const { transport, locator } = setUp({ workers: ['a:1', 'b:1', 'c:1'] });
    transport.answers.set('a:1', away);
    transport.answers.set('b:1', { kind: 'located', shard: 3, address: 'c:1' });
    await expect(locator.next()).resolves.toEqual(target('c:1', 3));
    expect(transport.located).toEqual(['a:1', 'b:1']);
  });

  it('does not wait for a worker that hangs', async () => {
    const { clock, transport, locator } = setUp({ workers: ['a:1', 'b:1'] });
    transport.answers.set('a:1', 'never');
    const found = locator.next();
    await clock.advance(99);
    expect(transport.located).toEqual(['a:1']);
    await clock.advance(1);
    await expect(found).resolves.toEqual(target('b:1', 0));
    expect(clock.pending).toBe(0);
  });

  it('begins each round one worker further after a failure, until one has served', async () => {
    const { transport, locator } = setUp({ workers: ['a:1', 'b:1', 'c:1'] });
    await locator.next();
    locator.failed();
    await locator.next();
    locator.failed();
    await locator.next();
    locator.served();
    await locator.next();
    expect(transport.located).toEqual(['a:1', 'b:1', 'c:1', 'a:1']);
  });

  it('says what a worker that answered said, not that others are away', async () => {
    const { transport, locator } = setUp({ workers: ['a:1', 'b:1'] });
    const status = { code: 'NOT_FOUND', details: 'unknown' } as const;
    transport.answers.set('a:1', away);
    transport.answers.set('b:1', { kind: 'status', status });
    await expect(locator.next()).resolves.toEqual({ kind: 'status', status });
  });

  it('takes an answer without an address for a producer that is not bound yet', async () => {
    const { transport, locator } = setUp({ workers: ['a:1'] });
    transport.answers.set('a:1', { kind: 'located', shard: 0, address: '' });
    await expect(locator.next()).resolves.toMatchObject({ status: { code: 'UNAVAILABLE' } });
  });

  it('goes to the fixed address, and asks the workers in turn when that fails', async () => {
    const { locator } = setUp({ workers: ['a:1'], fixed: 'own:1' });
    await expect(locator.next()).resolves.toEqual(target('own:1'));
    locator.failed();
    await expect(locator.next()).resolves.toEqual(target('a:1', 0));
    locator.failed();
    await expect(locator.next()).resolves.toEqual(target('own:1'));
  });

  it('goes once to where a refusal pointed', async () => {
    const { locator } = setUp({ fixed: 'own:1' });
    locator.redirectTo({ address: 'b:1', shard: 2 });
    await expect(locator.next()).resolves.toEqual(target('b:1', 2));
    await expect(locator.next()).resolves.toEqual(target('own:1'));
  });
});
