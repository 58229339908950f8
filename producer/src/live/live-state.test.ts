import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveStateFile } from './adapters/live-state-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'feedmill-live-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the state of a live feed', () => {
  it('comes back with every digit of its numbers', async () => {
    const file = new LiveStateFile(path.join(folder, 'made', 'x.live.json'));
    expect(await file.load()).toBeUndefined();
    const state = {
      session: 'abc',
      places: [{ publisherId: 1, venue: 'BINANCE', rawSymbol: 'BTCUSDT' }],
      epochs: new Map([
        [
          3,
          {
            epoch: 2,
            highest: 17_843_232_920_108_168_701n,
            tsEvent: 1_700_000_000_000_000_001n,
            isChained: true,
          },
        ],
        [11, { epoch: 0, highest: 5, tsEvent: 0n, isChained: false }],
      ]),
    };
    await file.save(state);
    expect(await file.load()).toEqual(state);
  });

  it.each(['', '{', '{"format":2}', '{"format":1,"session":"a","places":[],"epochs":[1]}'])(
    'is none where the file holds %s',
    async (text) => {
      const name = path.join(folder, 'x.live.json');
      await writeFile(name, text);
      expect(await new LiveStateFile(name).load()).toBeUndefined();
    },
  );
});
