import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { referencePages } from './reference-pages.ts';

const pages = await referencePages();

test.for(pages.map(({ path: at, text }) => [at, text] as const))(
  '%s is up to date',
  ([at, text]) => {
    const file = path.join(repositoryRoot, at);
    const found = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    expect(
      found === text ? '' : `${at} is stale: npm run generate, and commit what it writes`,
    ).toBe('');
  },
);

test('docs/reference/ holds nothing but generated pages', () => {
  const known = new Set(pages.map(({ path: at }) => path.basename(at)));
  const found = fs.readdirSync(path.join(repositoryRoot, 'docs/reference'));
  expect(found.filter((name) => !known.has(name))).toEqual([]);
});
