import { expect, test } from 'vitest';
import { parseRoute, type Route, routeHash } from './route.ts';

test('every view has an address that leads back to it', () => {
  const routes: Route[] = [
    { page: 'overview' },
    { page: 'operate' },
    { page: 'instrument', instrument: undefined, step: undefined },
    { page: 'instrument', instrument: 'BTC/USDT#1?.KRAKEN', step: '5m' },
  ];
  expect(routes.map((route) => parseRoute(routeHash(route)))).toEqual(routes);
});

test('an address that leads nowhere shows the overview or a search, not an error', () => {
  expect(parseRoute('#/nonsense/1')).toEqual({ page: 'overview' });
  expect(parseRoute('')).toEqual({ page: 'overview' });
  expect(parseRoute('#/instrument/%E0%A4%A')).toMatchObject({ instrument: undefined });
});
