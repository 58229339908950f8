import { expect, it } from 'vitest';
import { mergeSignalRules, readSignalRules } from './signal-rules.ts';

const read = (text: string) => readSignalRules(text, 'rules.yaml');
const rule = (fields: string) => `signals: [{ ${fields} }]`;

it('what a rule leaves out is filled in', () => {
  const text = `
signals:
  - name: fast
    kind: price-move
    instruments: [AAPL.XNAS, "BTC*.BINANCE"]
    window: 1m
    threshold: 0.02
    cooldown: 90s
    alert: true
  - { name: large, kind: large-trade, threshold: 1e6 }
  - { name: vol, kind: volatility, window: 1h, steps: 60 }
`;
  expect(read(text)).toEqual([
    {
      name: 'fast',
      kind: 'price-move',
      instruments: ['AAPL.XNAS', 'BTC*.BINANCE'],
      windowMs: 60_000,
      steps: 20,
      threshold: 0.02,
      cooldownMs: 90_000,
      alert: true,
    },
    {
      name: 'large',
      kind: 'large-trade',
      instruments: ['*'],
      windowMs: 1_000,
      steps: 20,
      threshold: 1_000_000,
      cooldownMs: 0,
      alert: false,
    },
    {
      name: 'vol',
      kind: 'volatility',
      instruments: ['*'],
      windowMs: 3_600_000,
      steps: 60,
      threshold: 0,
      cooldownMs: 3_600_000,
      alert: false,
    },
  ]);
});

it('JSON is read as well', () => {
  const fields = { name: 'a', kind: 'return', window: '5m' };
  expect(read(JSON.stringify({ signals: [fields] }))).toHaveLength(1);
});

it.each([
  ['nothing', '', /a list 'signals' is expected; there is none/],
  ['another key', 'signals: []\nrules: []', /'rules' is not known/],
  ['no YAML', 'signals: [', /rules\.yaml: /],
  ['an unknown field', rule('name: a, kind: return, window: 1m, every: 1s'), /rule 'a': 'every'/],
  ['an unknown kind', rule('name: a, kind: spike, window: 1m'), /kind is "spike"; allowed are ret/],
  ['no window', rule('name: a, kind: return'), /window is missing; write 30s, 5m or 1h/],
  ['no duration', rule('name: a, kind: return, window: 60'), /window is 60; write 500ms/],
  ['no threshold', rule('name: a, kind: price-move, window: 1m'), /threshold is missing/],
  ['an alert on anything', rule('name: a, kind: return, window: 1m, alert: true'), /above 0/],
  ['steps that do not fit', rule('name: a, kind: return, window: 1m, steps: 7'), /7 steps do not/],
  ['a bad name', rule('name: A b, kind: return, window: 1m'), /rule 'A b': name .*seen: "A b"/],
  ['no fields', 'signals: [price-move]', /rule 1: is "price-move"; fields are expected/],
  [
    'a name twice',
    'signals: [{name: a, kind: return, window: 1m}, {name: a, kind: return, window: 2m}]',
    /rule 'a' is there more than once/,
  ],
])('a file with %s is refused', (_what, text, message) => {
  expect(() => read(text)).toThrow(message);
});

it('all faults are said at once', () => {
  const two = 'signals: [{name: a, kind: x, window: 1m}, {name: b, kind: return}]';
  expect(() => read(two)).toThrow(/rules\.yaml: rule 'a': .*; rules\.yaml: rule 'b': /);
});

it('a rule takes the place of that of the same name; others stay', () => {
  const known = read(
    'signals: [{name: b, kind: return, window: 1m}, {name: a, kind: return, window: 1m}]',
  );
  const merged = mergeSignalRules(known, read(rule('name: b, kind: volatility, window: 1m')));
  expect(merged.map(({ name, kind }) => [name, kind])).toEqual([
    ['a', 'return'],
    ['b', 'volatility'],
  ]);
});

it('more rules than may be in force are refused', () => {
  const many = Array.from({ length: 65 }, (_, at) => ({
    name: `r${at}`,
    kind: 'return',
    window: '1m',
  }));
  const loaded = read(JSON.stringify({ signals: many }));
  expect(() => mergeSignalRules([], loaded)).toThrow(/65 rules .*; 64 are allowed.*--replace/);
});
