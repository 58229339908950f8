// Writes everything that is generated and checked in:
//
//   npm run generate     proto/gen from the contracts, docs/reference from the sources,
//                        and what of the chart is made from them
import fs from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './repository.ts';
import { runProgram } from './run-step.ts';

const bin = path.join(repositoryRoot, 'node_modules/.bin');
const buf = path.join(repositoryRoot, 'node_modules/@bufbuild/buf/bin/buf');

const { passed, output } = await runProgram(process.execPath, [buf, 'generate'], {
  cwd: path.join(repositoryRoot, 'proto'),
  // buf looks for protoc-gen-es there.
  env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` },
});
if (passed) {
  // Only now: what the pages are made of may need what was just generated.
  const { referencePages } = await import('./reference/reference-pages.ts');
  const { kubernetesFiles } = await import('./kubernetes/kubernetes-files.ts');
  for (const { path: at, text } of [...(await referencePages()), ...kubernetesFiles()]) {
    const file = path.join(repositoryRoot, at);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
} else {
  console.error(`The contracts in proto/ cannot be generated from:\n${output}`);
  process.exitCode = 1;
}
