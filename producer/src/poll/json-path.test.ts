import { describe, expect, it } from 'vitest';
import { JsonPath } from './json-path.ts';

const answer = {
  data: { list: [{ p: 1 }, { p: 2 }], 'last price': 7, EUR: null },
  __proto__: { inherited: 1 },
};
const valuesOf = (text: string): unknown[] | undefined =>
  JsonPath.parse(text)
    ?.all({ name: '', value: answer })
    .map(({ value }) => value);

describe('a path', () => {
  it.each([
    ['$', [answer]],
    ['$.data.list[*].p', [1, 2]],
    ['$.data.list[0].p', [1]],
    ['$.data.list[-1]', [{ p: 2 }]],
    ['$.data.list[2]', []],
    ["$['data']['last price']", [7]],
    ['$["data"].EUR', [null]],
    ['$.data.list.p', []],
    ['$.inherited', []],
    ['$.data.list.length', []],
  ])('%s leads to %j', (text, expected) => {
    expect(valuesOf(text)).toEqual(expected);
  });

  it('gives the name that an item stands under', () => {
    const [first] = JsonPath.parse('$.data.*')?.all({ name: '', value: answer }) ?? [];
    expect(first && JsonPath.parse('@~')?.first(first)).toBe('list');
  });

  it.each(['', 'data', '$data', '$.', '$..p', '$[', '$[x]', '$[?(@.p)]', '$.a b'])(
    'is none where the text is "%s"',
    (text) => {
      expect(JsonPath.parse(text)).toBeUndefined();
    },
  );
});
