import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { kubernetesFiles } from './kubernetes-files.ts';

const files = kubernetesFiles();

test.for(files.map(({ path: at, text }) => [at, text] as const))(
  '%s is up to date',
  ([at, text]) => {
    const file = path.join(repositoryRoot, at);
    const found = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    expect(
      found === text ? '' : `${at} is stale: npm run generate, and commit what it writes`,
    ).toBe('');
  },
);
