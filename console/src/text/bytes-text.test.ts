import { expect, test } from 'vitest';
import { bytesText } from './bytes-text.ts';

test('bytes are written in the unit that suits them', () => {
  expect([0, 1023, 1024, 67_108_864, 1_073_741_823, 5e12].map(bytesText)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '64.0 MiB',
    '1.0 GiB',
    '4.5 TiB',
  ]);
});
