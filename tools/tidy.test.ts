import { expect, test } from 'vitest';
import { readRepository, repositoryRoot } from './repository.ts';
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

const { files, emptyFolders } = readRepository(repositoryRoot);

test.for([
  ['no file is longer than 500 lines', longFiles(files)],
  ['no line of TypeScript is longer than 100 columns', longLines(files)],
  ['names are in kebab-case and say what is inside', badNames(files)],
  ['nothing is exported as default', defaultExports(files)],
  ['imports go one way', importDirections(files, allowedImports)],
  ['clock, random, timers and environment come in as arguments', ambientAccess(files)],
  ['nothing is left to be done later', leftOvers(files)],
  ['workspaces depend one way and on exact versions', manifestFaults(files, allowedImports)],
  ['every dependency is explained', undocumentedDependencies(files)],
  ['the lockfile works on every platform', lockfileFaults(files)],
  ['no folder is empty', emptyFolders],
] as const)('%s', ([, faults]) => {
  expect(faults.join('\n')).toBe('');
});
