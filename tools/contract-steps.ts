// The steps of the gate about the contracts in proto/.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { repositoryRoot } from './repository.ts';
import { runProgram, type StepOutcome } from './run-step.ts';

const proto = path.join(repositoryRoot, 'proto');
const buf = path.join(repositoryRoot, 'node_modules/@bufbuild/buf/bin/buf');
const runBuf = (...args: string[]): Promise<StepOutcome> =>
  runProgram(process.execPath, [buf, ...args], { cwd: proto });

export const lintContracts = (): Promise<StepOutcome> => runBuf('lint');

/**
 * Whether programs built with the earlier contracts can live with these. Earlier is, on a branch,
 * where it left main; on main, the last commit if the contracts were edited since, else the one
 * before it.
 */
export async function findBreakingChanges(): Promise<StepOutcome> {
  const base = await earlierCommit();
  const contracts = ['--', 'proto/buf.yaml', 'proto/feedmill'];
  const listed = base === '' ? '' : await git('ls-tree', '-r', '--name-only', base, ...contracts);
  if (!listed.includes('.proto')) {
    const note = 'skipped: no earlier commit has contracts';
    return { passed: true, output: '', note, seconds: 0 };
  }
  return inTemporaryFolder(async (folder) => {
    const archive = path.join(folder, 'earlier.tar');
    await git('archive', `--output=${archive}`, base, ...contracts);
    return runBuf('breaking', '--against', `${archive}#subdir=proto`);
  });
}

async function earlierCommit(): Promise<string> {
  const branch = await git('rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== 'main' && branch !== 'HEAD') {
    for (const main of ['main', 'origin/main']) {
      const fork = await git('merge-base', 'HEAD', main);
      if (fork !== '') return fork;
    }
  }
  const edited = await git('status', '--porcelain', '--', 'proto/feedmill');
  return git('rev-parse', '--verify', '--quiet', edited === '' ? 'HEAD~1' : 'HEAD');
}

/** What git prints, or nothing where it fails: without git or history there is nothing earlier. */
async function git(...args: string[]): Promise<string> {
  const { passed, output } = await runProgram('git', args, { cwd: repositoryRoot });
  return passed ? output.trim() : '';
}

/** Whether proto/gen is what the generator makes of the contracts as they are now. */
export const compareGenerated = (): Promise<StepOutcome> =>
  inTemporaryFolder(async (folder) => {
    const bin = path.join(repositoryRoot, 'node_modules/.bin');
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
    const generated = await runProgram(process.execPath, [buf, 'generate', '--output', folder], {
      cwd: proto,
      env,
    });
    if (!generated.passed) return generated;
    const faults = differences(path.join(folder, 'gen'), path.join(proto, 'gen'));
    if (faults.length === 0) return generated;
    const output = `${faults.join('\n')}\nRun npm run generate and commit what it writes.\n`;
    return { ...generated, passed: false, output };
  });

function differences(wantedFolder: string, foundFolder: string): string[] {
  const wanted = filesBelow(wantedFolder);
  const found = filesBelow(foundFolder);
  const faults: string[] = [];
  for (const [name, text] of wanted) {
    if (!found.has(name)) faults.push(`proto/gen/${name} is missing`);
    else if (found.get(name) !== text) faults.push(`proto/gen/${name} is out of date`);
  }
  for (const name of found.keys()) {
    if (!wanted.has(name)) faults.push(`proto/gen/${name} belongs to no contract`);
  }
  return faults;
}

function filesBelow(folder: string): Map<string, string> {
  if (!fs.existsSync(folder)) return new Map();
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), fs.readFileSync(file, 'utf8')]),
  );
}

async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'feedmill-check-'));
  try {
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
