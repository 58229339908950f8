import { expect, test } from 'vitest';
import {
  allowedImports,
  ambientAccess,
  badNames,
  defaultExports,
  importDirections,
  leftOvers,
  lockfileFaults,
  longFiles,
  longLines,
  manifestFaults,
  undocumentedDependencies,
} from './tidy-rules.ts';

const file = (path: string, text = ''): { path: string; text: string }[] => [{ path, text }];

test('a file of 501 lines is a fault, one of 500 is not', () => {
  expect(longFiles(file('core/src/a.ts', '\n'.repeat(500)))).toEqual([]);
  expect(longFiles(file('core/src/a.ts', '\n'.repeat(501)))).toEqual([
    'core/src/a.ts:500: 501 lines, 500 are allowed: split it by subject',
  ]);
});

test('generated files may be long', () => {
  expect(longFiles(file('proto/gen/a_pb.ts', '\n'.repeat(9000)))).toEqual([]);
});

test('a line of 101 columns is a fault, counted in characters', () => {
  expect(longLines(file('core/src/a.ts', 'é'.repeat(100)))).toEqual([]);
  expect(longLines(file('core/src/a.ts', `\n${'é'.repeat(101)}`))).toEqual([
    'core/src/a.ts:2: 101 columns, 100 are allowed',
  ]);
});

test.for([
  'README.md',
  'core/src/fixed-point.pg.test.ts',
  '.ci/run',
  'proto/a/v1/order_book.proto',
])('the name %s is allowed', (path) => {
  expect(badNames(file(path))).toEqual([]);
});

test.for([
  'core/src/fixedPoint.ts',
  'core/src/fixed_point.ts',
  'core/Src/a.ts',
  'core/src/utils.ts',
])('the name %s is a fault', (path) => {
  expect(badNames(file(path))).toHaveLength(1);
});

test('a default export is a fault in code, not in a comment or a config file', () => {
  expect(defaultExports(file('core/src/a.ts', '// export default is not for us\n'))).toEqual([]);
  expect(defaultExports(file('vitest.config.ts', 'export default {};'))).toEqual([]);
  expect(defaultExports(file('core/src/a.ts', 'export default 1;'))).toHaveLength(1);
});

test.for([
  'const now = Date.now();',
  'const now = new Date();',
  'const now = new Date;',
  'const x = Math.random();',
  'setTimeout(() => undefined, 5);',
  'const home = process.env.HOME;',
  'const t = performance.now();',
  'const t = process.hrtime.bigint();',
  'setImmediate(next);',
  'process.exit(1);',
  'const token = randomBytes(8);',
  "import { open } from 'node:fs/promises';",
  "import pg from 'pg';",
  "import timers from 'node:timers/promises';",
])('%s is a fault in the middle of the code, not at its edges', (line) => {
  expect(ambientAccess(file('core/src/window.ts', line))).toHaveLength(1);
  expect(ambientAccess(file('pod-worker/src/main.ts', line))).toEqual([]);
  expect(ambientAccess(file('core/src/adapters/system-clock.ts', line))).toEqual([]);
  expect(ambientAccess(file('core/src/window.test.ts', line))).toEqual([]);
});

test.for([
  ['cli/src/binding/a.ts', 1],
  ['cli/src/supervisor/a.ts', 0],
  ['store/src/queries/a.ts', 1],
  ['store/src/connection/a.ts', 0],
] as const)('in %s a timer is a fault %i times', ([path, faults]) => {
  expect(ambientAccess(file(path, 'setTimeout(next, 1);'))).toHaveLength(faults);
});

test('types of what reaches the machine are no fault', () => {
  expect(ambientAccess(file('store/src/a.ts', "import type pg from 'pg';"))).toEqual([]);
  expect(ambientAccess(file('core/src/a.ts', 'cursor.process(entry);'))).toEqual([]);
});

test('a date of a given instant is no fault', () => {
  expect(ambientAccess(file('core/src/window.ts', 'new Date(ms).toISOString()'))).toEqual([]);
});

test('a word that puts work off is a fault, with its line', () => {
  const word = ['TO', 'DO'].join('');
  expect(leftOvers(file('docs/a.md', `a\n${word} b`))).toEqual([
    `docs/a.md:2: ${word}: do it or open an issue`,
  ]);
});

test('core must not import store, also over several lines', () => {
  const text = "import {\n  a,\n} from '@feedmill/store/pool';\n";
  expect(importDirections(file('core/src/a.ts', text), allowedImports)).toEqual([
    'core/src/a.ts:3: core imports store: it may import proto',
  ]);
});

test('dynamic imports and re-exports are seen', () => {
  const text = "export { a } from '@feedmill/cli/a';\nawait import('@feedmill/e2e/b');\n";
  expect(importDirections(file('store/src/a.ts', text), allowedImports)).toHaveLength(2);
});

test('a relative import must stay in its workspace', () => {
  const text = "import { a } from '../../store/src/pool.ts';";
  expect(importDirections(file('core/src/a.ts', text), allowedImports)).toHaveLength(1);
  expect(importDirections(file('core/src/b/c/a.ts', text), allowedImports)).toEqual([]);
});

test('store may import core, and a benchmark anything', () => {
  const text = "import { a } from '@feedmill/core/a';";
  expect(importDirections(file('store/src/a.ts', text), allowedImports)).toEqual([]);
  expect(importDirections(file('bench/src/a.ts', text), allowedImports)).toEqual([]);
});

test('a manifest pins exact versions and follows the import rules', () => {
  const manifest = '{\n"dependencies": {\n"pg": "^8.0.0",\n"@feedmill/cli": "0.1.0"\n}\n}';
  expect(manifestFaults(file('store/package.json', manifest), allowedImports)).toEqual([
    'store/package.json:3: pg ^8.0.0: pin the exact version',
    'store/package.json:4: store must not depend on cli',
  ]);
});

test('a new workspace needs an import rule', () => {
  expect(manifestFaults(file('gadget/package.json', '{}'), allowedImports)).toHaveLength(1);
});

test('a dependency without a row in the docs is a fault', () => {
  const manifest = { path: 'store/package.json', text: '{"dependencies":{"pg":"8.0.0"}}' };
  expect(undocumentedDependencies([manifest])).toHaveLength(1);
  const docs = { path: 'docs/dependencies.md', text: '| `pg` | MIT |' };
  expect(undocumentedDependencies([manifest, docs])).toEqual([]);
});

test('a dependency that was written into a manifest by hand is a fault of the lockfile', () => {
  const locked = { store: { dependencies: { pg: '8.0.0' } } };
  const lockfile = { path: 'package-lock.json', text: JSON.stringify({ packages: locked }) };
  const manifest = (version: string): { path: string; text: string } => ({
    path: 'store/package.json',
    text: JSON.stringify({ dependencies: { pg: version } }),
  });
  expect(lockfileFaults([lockfile, manifest('8.0.0')])).toEqual([]);
  expect(lockfileFaults([lockfile, manifest('8.0.1')])).toEqual([
    'store/package.json:1: pg 8.0.1 is not in package-lock.json: npm install',
  ]);
});

test('download addresses and unlocked platforms are faults of the lockfile', () => {
  const locked = {
    'node_modules/a': { version: '1.0.0', resolved: 'https://x.test/a.tgz' },
    'node_modules/b': { version: '1.0.0', optionalDependencies: { 'b-darwin-x64': '1.0.0' } },
    'node_modules/@feedmill/core': { resolved: 'core', link: true },
  };
  const text = JSON.stringify({ packages: locked }, null, 2);
  expect(lockfileFaults(file('package-lock.json', text))).toHaveLength(2);
});
