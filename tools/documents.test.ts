import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deadLinks, type KnownCommand, unknownCommands, unknownScripts } from './documents.ts';
import { commandLine } from './reference/cli-page.ts';
import { readRepository, repositoryRoot } from './repository.ts';

const document = (text: string) => [{ path: 'docs/a.md', text }];

const commands: readonly KnownCommand[] = [
  { name: 'up', flags: new Set(['--shards']) },
  { name: 'sql', flags: new Set(['--json']) },
];

test.for([
  ['a link to a file that is missing', '[b](b.md)', 1],
  ['a link to a file that is there', '[a](../docs/a.md)', 0],
  ['a link to a folder', '[docs](../docs)', 0],
  ['a link to a heading', '# The `x` of it\n[up](#the-x-of-it)', 0],
  ['a link to a heading that is missing', '# A\n[up](#b)', 1],
  ['a picture that is missing', '<img src="pictures/none.svg">', 1],
  ['an address of the web', '[web](https://example.com/a.md)', 0],
  ['a link in a block of code', '```\n[b](b.md)\n```', 0],
] as const)('%s', ([, text, faults]) => {
  expect(deadLinks(document(text))).toHaveLength(faults);
});

test.for([
  ['a script that is there', '```sh\nnpm run check\n```', 0],
  ['a script that is missing', 'Type `npm run chekc`.', 1],
  ['npm start and npm test', '`npm start`, `npm test`', 0],
  ['a silent script that is missing', '`npm run --silent feedmil -- up`', 1],
] as const)('%s', ([, text, faults]) => {
  const scripts = new Set(['start', 'test', 'check', 'feedmill']);
  expect(unknownScripts(document(text), scripts)).toHaveLength(faults);
});

test.for([
  ['a command that is there', '```\n$ feedmill up --shards 2\n```', 0],
  ['a command that is missing', '`feedmill upp`', 1],
  ['an option that is missing', '```\nfeedmill up --shard 2   # two\n```', 1],
  ['an option on the next line', '```\nfeedmill up \\\n  --shard 2\n```', 1],
  ['an option behind variables', '```\nFEEDMILL_X=1 feedmill up --shard\n```', 1],
  ['what looks like an option inside quotes', "`feedmill sql 'select 1 --no'`", 0],
  ['a command through npm', '`npm run --silent feedmill -- sql --jsno x`', 1],
  ['a command through npx', '`npx feedmill sql --jsno x`', 1],
  ['a comment behind a command', '```\nfeedmill up # not --this\n```', 0],
  ['the name of the schema', '`feedmill.trade` and `feedmill-shard-0`', 0],
] as const)('%s', ([, text, faults]) => {
  expect(unknownCommands(document(text), commands)).toHaveLength(faults);
});

const { files } = readRepository(repositoryRoot);

test('every relative link of the documents leads somewhere', () => {
  expect(deadLinks(files).join('\n')).toBe('');
});

test('every npm script that the documents name exists', () => {
  const manifest = fs.readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8');
  const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };
  expect(unknownScripts(files, new Set(Object.keys(scripts))).join('\n')).toBe('');
});

test('every command that the documents name exists, with its options', () => {
  const program = commandLine();
  const ofProgram = program.options.map(({ long }) => long ?? '');
  const known = program.commands.map((command) => ({
    name: command.name(),
    flags: new Set([...command.options.map(({ long }) => long ?? ''), ...ofProgram, '--help']),
  }));
  expect(unknownCommands(files, [...known, { name: 'help', flags: new Set() }]).join('\n')).toBe(
    '',
  );
});
