import { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import { describe, expect, it } from 'vitest';
import { stableId } from '../stable-id.ts';
import { assetPairOf } from './asset-pair.ts';
import { InstrumentMaster } from './instrument-master.ts';
import { RateTable } from './rate-table.ts';
import { packReference, unpackReference } from './reference-set.ts';

const { EQUITY, SPOT, PERPETUAL, OPTION } = InstrumentClass;

describe('the pair of an instrument', () => {
  it('is base, quote and class, and has an id of its own', () => {
    const pair = assetPairOf(SPOT, 'BTC', 'USDT', 0n);
    expect(pair).toEqual({ name: 'BTC/USDT-SPOT', id: stableId('BTC/USDT-SPOT') });
    expect(assetPairOf(SPOT, 'BTC', 'USDC', 0n)?.id).not.toBe(pair?.id);
    expect(assetPairOf(PERPETUAL, 'BTC', 'USDT', 0n)?.id).not.toBe(pair?.id);
  });

  it('tells contracts of another size apart', () => {
    const plain = assetPairOf(PERPETUAL, 'BTC', 'USD', 1_000_000_000n);
    expect(plain?.name).toBe('BTC/USD-PERPETUAL');
    expect(assetPairOf(PERPETUAL, 'BTC', 'USD', 100_000_000_000n)?.name).toBe(
      'BTC/USD-PERPETUAL-X100000000000',
    );
  });

  it.each([
    ['base is not known', EQUITY, '', 'USD'],
    ['quote is not known', EQUITY, 'AAPL', ''],
    ['two of the class may differ in their terms', OPTION, 'BTC', 'USD'],
    ['the class is not known', InstrumentClass.UNSPECIFIED, 'BTC', 'USD'],
  ] as const)('is none where %s', (_why, instrumentClass, base, quote) => {
    expect(assetPairOf(instrumentClass, base, quote, 0n)).toBeUndefined();
  });
});

describe('the instrument master', () => {
  const master = new InstrumentMaster([
    { venue: 'XNAS', symbol: 'FB', instrument: 'META.XNAS', to: '100' },
    { venue: 'XNAS', symbol: 'FB', instrument: 'PROSHARES.XNAS', from: '200' },
    { venue: 'BINANCE', symbol: 'BTCUSDT', instrument: 'BTCUSDT.BINANCE', publisher: 1 },
    { venue: 'BINANCE', symbol: 'BTCUSDT', instrument: 'BTCUSDT-PERP.BINANCE', publisher: 2 },
    { venue: 'BINANCE', symbol: 'BTCUSDT', instrument: 'OTHER.BINANCE' },
  ]);
  const named = (publisherId: number, venue: string, rawSymbol: string, nanos: bigint) =>
    master.meaningsOf({ publisherId, venue, rawSymbol })?.at(nanos)?.name;

  it('resolves a symbol as of a time: the same symbol was another instrument before', () => {
    expect(named(7, 'XNAS', 'FB', 50n)).toBe('META.XNAS');
    expect(named(7, 'XNAS', 'FB', 150n)).toBeUndefined();
    expect(named(7, 'XNAS', 'FB', 250n)).toBe('PROSHARES.XNAS');
  });

  it('resolves by publisher before it resolves by venue', () => {
    expect(named(1, 'BINANCE', 'BTCUSDT', 1n)).toBe('BTCUSDT.BINANCE');
    expect(named(2, 'BINANCE', 'BTCUSDT', 1n)).toBe('BTCUSDT-PERP.BINANCE');
    expect(named(3, 'BINANCE', 'BTCUSDT', 1n)).toBe('OTHER.BINANCE');
  });

  it('knows nothing else', () => {
    expect(named(1, 'BINANCE', 'btcusdt', 1n)).toBeUndefined();
    expect(named(1, 'KRAKEN', 'BTCUSDT', 1n)).toBeUndefined();
  });
});

describe('the rates', () => {
  const rates = new RateTable(
    {
      reporting: 'EUR',
      rates: [
        { currency: 'USD', rate: '950000000', from: '200' },
        { currency: 'USD', rate: '920000000', from: '100' },
      ],
    },
    3,
  );

  it('hold from their time until the next one', () => {
    expect([99n, 100n, 199n, 200n, 9999n].map((nanos) => rates.rateAt('USD', nanos))).toEqual([
      undefined,
      920_000_000n,
      920_000_000n,
      950_000_000n,
      950_000_000n,
    ]);
  });

  it('are 1 for the reporting currency itself, and none for another one', () => {
    expect(rates.rateAt('EUR', 5n)).toBe(1_000_000_000n);
    expect(rates.rateAt('JPY', 150n)).toBeUndefined();
    expect(rates.rateAt('', 150n)).toBeUndefined();
    expect(new RateTable().rateAt('USD', 150n)).toBeUndefined();
  });
});

describe('a version of reference data', () => {
  it('is unpacked as it was packed', () => {
    const names = [{ instrument: 'AAPL.XNAS', kind: 'NAME' as const, text: 'Apple' }];
    expect(unpackReference('entities', packReference('entities', names))).toEqual(names);
  });

  it('is refused where it is damaged, or something else', () => {
    expect(() => unpackReference('rates', Buffer.from('x'))).toThrow(/cannot be unpacked/);
    const rates = packReference('rates', { reporting: 'EUR', rates: [] });
    expect(() => unpackReference('entities', rates)).toThrow(/entities is not valid/);
  });

  it('is refused where it is too large', () => {
    // Random letters do not compress below their information.
    let state = 1;
    const next = (): string => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state.toString(36);
    };
    const names = Array.from({ length: 150_000 }, () => ({
      instrument: 'A.B',
      kind: 'NAME' as const,
      text: Array.from({ length: 10 }, next).join(''),
    }));
    expect(() => packReference('entities', names)).toThrow(/4194304 are allowed/);
  });
});
