import { FeedmillError } from '@feedmill/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProducersDistinct, formatSourceSpec, parseSourceSpec } from './source-spec.ts';

function messageOf(spec: string): string {
  try {
    parseSourceSpec(spec);
  } catch (error) {
    expect(error).toBeInstanceOf(FeedmillError);
    expect((error as FeedmillError).code).toBe('SOURCE_INVALID');
    return (error as FeedmillError).message;
  }
  throw new TypeError(`'${spec}' was accepted`);
}

describe('parseSourceSpec', () => {
  it('reads a capture of several files with its parameters', () => {
    const spec = parseSourceSpec('capture:binance:a/x.gz,b/y.gz?producer=btc&speed=2.5');
    expect(spec).toEqual({
      kind: 'capture',
      producer: 'btc',
      format: 'binance',
      paths: ['a/x.gz', 'b/y.gz'],
      speed: 2.5,
      options: {},
    });
  });

  it('takes the speed of the command where the SPEC gives none', () => {
    expect(parseSourceSpec('capture:binance:a', { speed: 0 })).toMatchObject({ speed: 0 });
    expect(parseSourceSpec('capture:binance:a?speed=3', { speed: 0 })).toMatchObject({ speed: 3 });
    expect(parseSourceSpec('simulated:')).toMatchObject({ speed: 1 });
  });

  it('names a producer by folder and file, so that two markets of one file name stay apart', () => {
    const producerOf = (spec: string): string => parseSourceSpec(spec).producer;
    expect(producerOf('capture:binance:data/spot/btcusdt_20240808.gz')).toBe(
      'spot-btcusdt-20240808',
    );
    expect(producerOf('capture:binance:data/usdm/btcusdt_20240808.gz')).toBe(
      'usdm-btcusdt-20240808',
    );
    expect(producerOf('capture:binance:../x.gz')).toBe('x');
    expect(producerOf('capture:binance:/a/b_1.gz,/a/b_2.gz')).toBe('a-b-1-to-b-2');
    expect(producerOf('capture:binance:/…')).toMatch(/^capture-[0-9a-f]{8}$/);
    expect(producerOf('simulated')).toBe('simulated');
    expect(producerOf('simulated:us')).toBe('us');
    const long = producerOf(`capture:binance:${'x'.repeat(80)}/${'y'.repeat(80)}.gz`);
    expect(long).toMatch(/^x{54}-[0-9a-f]{8}$/);
  });

  it('reads a comma, a question mark and a bare per cent sign in a path', () => {
    const spec = parseSourceSpec('capture:binance:a%2Cb%3F/100%.gz?producer=p');
    expect(spec).toMatchObject({ paths: ['a,b?/100%.gz'] });
  });

  it('reads every parameter of a simulated market', () => {
    const spec = parseSourceSpec(
      'simulated:us?rate=5000&seed=7&events=100&start=2024-03-11T09:30:00-04:00&quotes=0&news=0&' +
        'gaps=0.01&speed=0',
    );
    expect(spec).toMatchObject({
      producer: 'us',
      speed: 0,
      simulation: {
        rate: 5000,
        seed: 7,
        events: 100,
        startNanos: 1_710_163_800_000_000_000n,
        trades: 0.4,
        quotes: 0,
        gaps: 0.01,
      },
    });
  });

  it.each([
    [
      'gaps',
      "'gaps' is not a kind of source, which are capture, live, poll, news, tcp, simulated, push",
    ],
    ['captur:binance:a', "(did you mean 'capture'?)"],
    ['capture:binanc:a', "(did you mean 'binance'?)"],
    ['capture:binance', 'a path is missing; write capture:binance:PATH'],
    ['capture:binance:a,,b', 'a path is missing'],
    ['capture:binance:a?sped=1', "'sped' is not a parameter of this source, which takes producer"],
    ['capture:binance:a?sped=1', "(did you mean 'speed'?)"],
    ['capture:binance:a?speed=fast', "speed is 'fast'; it must be a number from 0 to"],
    ['capture:binance:a?speed=-1', "speed is '-1'; it must be a number from 0 to"],
    ['capture:binance:a?speed=NaN', 'it must be a number'],
    ['capture:binance:a?speed=0x10', 'it must be a number'],
    ['capture:binance:a?speed=', "'speed' has no value"],
    ['capture:binance:a?speed=1&speed=2', "'speed' is given twice"],
    ['capture:binance:a?producer=a/b', "'a/b' cannot name a producer"],
    ['capture:gemini-csv:eth.csv', 'add symbol=BASE-QUOTE'],
    ['capture:gemini-csv:eth.csv?symbol=ETHUSD', "symbol is 'ETHUSD'; write BASE-QUOTE"],
    ['capture:gemini-csv:gemini__eth-usd__1.csv,gemini__btc-usd__1.csv', 'make each pair a source'],
    ['simulated:?rat=5', "(did you mean 'rate'?)"],
    ['simulated:?rate=0', "rate is '0'; it must be a number from 0.001 to"],
    ['simulated:?seed=1.5', 'it must be a whole number from 0 to 4294967295'],
    ['simulated:?start=yesterday', 'write a time with its zone'],
    ['simulated:?start=2024-03-11T09:30:00', 'write a time with its zone'],
    ['simulated:?trades=0&quotes=0&news=0', 'give one of them a weight'],
    ['simulated:?news=2', 'give news at most as much'],
    ['push:', "'' cannot name a producer"],
    ['push:x?speed=1', 'push takes no parameters'],
    ['', "'' is not a kind of source"],
  ])('refuses %s in one sentence', (spec, part) => {
    const message = messageOf(spec);
    expect(message).toContain(part);
    expect(message).toMatch(new RegExp(`^--source '.*': [^\\n]*\\.$`));
  });

  it('reads back what formatSourceSpec wrote', () => {
    const path = fc.string({ minLength: 1 });
    const speed = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 3 }), speed, (paths, each) => {
        const spec = {
          kind: 'capture',
          producer: 'p',
          format: 'gemini-csv',
          paths,
          speed: each + 0,
          options: { symbol: 'ETH-USD' },
        } as const;
        expect(parseSourceSpec(formatSourceSpec(spec))).toEqual(spec);
      }),
    );
    for (const text of ['push:x', 'simulated:us?speed=2&seed=9&events=3&quotes=0']) {
      const spec = parseSourceSpec(text);
      expect(parseSourceSpec(formatSourceSpec(spec))).toEqual(spec);
    }
  });
});

describe('checkProducersDistinct', () => {
  it('refuses two sources of one name and says how to rename one', () => {
    const specs = ['simulated:', 'simulated:?seed=2'].map((each) => parseSourceSpec(each));
    expect(() => checkProducersDistinct(specs)).toThrow(
      /already feeds the producer 'simulated'; give one of them another NAME in simulated:NAME/,
    );
    expect(() => checkProducersDistinct(specs.slice(1))).not.toThrow();
  });
});
