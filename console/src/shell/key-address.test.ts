import { expect, test } from 'vitest';
import { takeKey } from './key-address.ts';

test.for([
  ['#key=fm_1.a', 'fm_1.a', '#'],
  ['#/operate?key=a%2Fb', 'a/b', '#/operate'],
  ['#/instrument/A.B?step=1m&key=k', 'k', '#/instrument/A.B?step=1m'],
  ['#/instrument/A.B?key=k&step=1m', 'k', '#/instrument/A.B?step=1m'],
  ['#/overview', undefined, '#/overview'],
  ['', undefined, ''],
] as const)('the key is taken out of %s', ([hash, key, rest]) => {
  expect(takeKey(hash)).toEqual({ key, hash: rest });
});
