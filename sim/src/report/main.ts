import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { evidenceOf, reliabilityPage } from './reliability-page.ts';

// npm run reliability -- FILE…: files with what `npm run sim -- --json` has printed, of seeds and
// of mutants; writes docs/reliability.md.
const PAGE = fileURLToPath(new URL('../../../docs/reliability.md', import.meta.url));
const files = process.argv.slice(2);
const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
const evidence = evidenceOf(lines);
if (evidence.runs.length === 0 || evidence.mutants.length === 0) {
  process.stderr.write(
    'Give it what `npm run sim -- --seeds N --json` and `npm run sim -- --mutants --json` have ' +
      'printed, as files.\n',
  );
  process.exitCode = 2;
} else writeFileSync(PAGE, reliabilityPage(evidence));
