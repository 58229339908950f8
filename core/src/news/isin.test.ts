import { expect, it } from 'vitest';
import { isIsin } from './isin.ts';

it.each(['US0378331005', 'INE040A01034', 'GB0002634946', 'AU0000XVGZA3'])(
  '%s is an ISIN',
  (text) => {
    expect(isIsin(text)).toBe(true);
  },
);

it.each([
  ['another check digit', 'US0378331006'],
  ['two digits exchanged', 'US0378313005'],
  ['small letters', 'us0378331005'],
  ['too short', 'US037833100'],
  ['no country', '000378331005'],
])('%s is none', (_what, text) => {
  expect(isIsin(text)).toBe(false);
});
