import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateError, StateReader } from './state-reader.ts';
import { StateWriter } from './state-writer.ts';

const item = fc.oneof(
  fc.record({ kind: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ kind: fc.constant('varint' as const), value: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constant('integer' as const),
    value: fc.oneof(
      fc.maxSafeInteger().map(BigInt),
      fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
      fc.constantFrom(2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n), -(2n ** 64n)),
    ),
  }),
  fc.record({ kind: fc.constant('float64' as const), value: fc.double({ noNaN: true }) }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'binary' }) }),
);
type Item = typeof item extends fc.Arbitrary<infer T> ? T : never;

function write(items: readonly Item[]): Uint8Array {
  const writer = new StateWriter();
  for (const each of items) {
    if (each.kind === 'boolean') writer.boolean(each.value);
    else if (each.kind === 'varint') writer.varint(each.value);
    else if (each.kind === 'integer') writer.integer(each.value);
    else if (each.kind === 'float64') writer.float64(each.value);
    else writer.text(each.value);
  }
  return writer.finish();
}

function read(reader: StateReader, kind: Item['kind']): Item['value'] {
  return kind === 'integer' ? reader.bigint() : reader[kind]();
}

describe('the state codec', () => {
  it('reads back every value that it wrote, to the last byte', () => {
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const reader = new StateReader(write(items));
        for (const each of items) expect(read(reader, each.kind)).toBe(each.value);
        expect(reader.isAtEnd).toBe(true);
      }),
    );
  });

  it('gives an integer as a number exactly where it is below 2^53', () => {
    const writer = new StateWriter();
    const values = [2n ** 53n - 1n, 2n ** 53n, 1n - 2n ** 53n, -(2n ** 53n)];
    for (const value of values) writer.integer(value);
    const reader = new StateReader(writer.finish());
    expect(values.map(() => typeof reader.integer())).toEqual([
      'number',
      'bigint',
      'number',
      'bigint',
    ]);
  });

  it('answers damage with a StateError or another value, never with anything else', () => {
    fc.assert(
      fc.property(
        fc.array(item, { minLength: 1 }),
        fc.nat(),
        fc.nat(255),
        fc.nat(),
        (items, at, byte, cut) => {
          const bytes = write(items);
          bytes[at % bytes.length] = byte;
          const reader = new StateReader(bytes.subarray(0, bytes.length - (cut % bytes.length)));
          try {
            for (const each of items) read(reader, each.kind);
          } catch (error) {
            expect(error).toBeInstanceOf(StateError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('names what it saw and where', () => {
    const writer = new StateWriter();
    writer.varint(3);
    const bytes = writer.finish();
    expect(() => new StateReader(bytes).version(2, 'the window state')).toThrow(
      'near byte 1: the window state has version 3, this program reads 2',
    );
    expect(() => new StateReader(bytes).float64()).toThrow('8 bytes are wanted, 1 are left');
    expect(() => new StateReader(bytes).count(8)).toThrow('3 items of 8 bytes are announced');
  });
});
