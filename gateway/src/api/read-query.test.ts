import Type from 'typebox';
import { expect, test } from 'vitest';
import { Problem } from '../problem.ts';
import { PAGE_PARAMETERS } from './parameters.ts';
import { readQuery } from './read-query.ts';

const SCHEMA = Type.Object({
  instrument: Type.Array(Type.String({ pattern: '^[A-Z.]+$' }), { minItems: 1, maxItems: 2 }),
  ...PAGE_PARAMETERS,
});

function faultsOf(search: string): string {
  try {
    readQuery(SCHEMA, search);
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
  return '';
}

test('what is left out has its default, lists are separated by commas', () => {
  expect(readQuery(SCHEMA, 'instrument=A.X,B.Y&limit=5')).toEqual({
    instrument: ['A.X', 'B.Y'],
    order: 'asc',
    limit: 5,
    time: 'ns',
    consistency: 'eventual',
  });
});

test('every fault is named in one answer, with what was seen', () => {
  const text = faultsOf('instrument=a&limit=many&colour=red&order=up&order=down');
  expect(text).toContain("there is no parameter 'colour' here");
  expect(text).toContain("'order' is there twice");
  expect(text).toContain('seen: "many"');
  expect(text).toContain("'instrument.0'");
});

test.each(['', 'instrument=', 'instrument=A.X,B.Y,C.Z', 'instrument=A.X&limit=1e3'])(
  '%j is refused',
  (search) => {
    expect(faultsOf(search)).not.toBe('');
  },
);

test.each(['__proto__=1', 'constructor=1', 'toString=x'])(
  '%s is a parameter like any other that is not there',
  (search) => {
    expect(faultsOf(`instrument=A.X&${search}`)).toContain('there is no parameter');
  },
);

test('what was seen is cut, so that an answer stays short', () => {
  expect(faultsOf(`instrument=A.X&from=${'9'.repeat(4_000)}`).length).toBeLessThan(500);
});
