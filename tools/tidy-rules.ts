// Rules about the repository as a whole, which no linter checks. Each takes what it needs and
// returns its faults, each with the file, the line and what to do.
import { codeOnly } from './code-only.ts';
import { type Dependencies, type Lockfile, missingPlatformPackages } from './lockfile.ts';
import type { RepositoryFile } from './repository.ts';

/** `path:line: what is wrong`, a form that editors and terminals make clickable. */
export type Fault = string;

// Past 500 lines a file holds more than one subject, and readers stop reading it.
const fileLinesMax = 500;
const lineColumnsMax = 100;

const generated = (path: string): boolean => path.startsWith('proto/gen/');
const isTypeScript = (path: string): boolean => /\.tsx?$/.test(path) && !generated(path);
const isTest = (path: string): boolean => /\.(test|e2e)\.ts$/.test(path);
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function* numberedLines(text: string): Generator<[number, string]> {
  for (const [index, line] of text.split('\n').entries()) yield [index + 1, line];
}

/** One subject a file: at most 500 lines. Reference pages and the changelog may be longer. */
export function longFiles(files: RepositoryFile[]): Fault[] {
  const limited = /\.(tsx?|mjs|js|sh|sql|proto|css|html|md)$/;
  const exempt = /^(CHANGELOG\.md$|docs\/reference\/)|(^|\/)fixtures\//;
  return files
    .filter(({ path }) => limited.test(path) && !exempt.test(path) && !generated(path))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > fileLinesMax)
    .map(
      ({ path, lines }) =>
        `${path}:${fileLinesMax}: ${lines} lines, ${fileLinesMax} are allowed: split it by subject`,
    );
}

export function longLines(files: RepositoryFile[]): Fault[] {
  const faults: Fault[] = [];
  for (const { path, text } of files.filter((file) => isTypeScript(file.path))) {
    for (const [number, line] of numberedLines(text)) {
      const columns = Array.from(line).length;
      if (columns > lineColumnsMax) {
        faults.push(`${path}:${number}: ${columns} columns, ${lineColumnsMax} are allowed`);
      }
    }
  }
  return faults;
}

// Names that a tool or a custom prescribes.
const prescribedNames =
  /^([A-Z]+(_[A-Z]+)*(\.(md|txt))?|Dockerfile(\.[a-z-]+)?|Chart\.(yaml|lock)|_[a-z]+\.tpl)$/;
const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const snakeCaseProto = /^[a-z0-9]+(_[a-z0-9]+)*\.proto$/;

/** kebab-case, and no name that says nothing about what is inside. */
export function badNames(files: RepositoryFile[]): Fault[] {
  const faults: Fault[] = [];
  const isCode = /\.(tsx?|mjs|js|sh|sql)$/;
  for (const { path } of files) {
    if (generated(path) || /(^|\/)fixtures\//.test(path)) continue;
    const parts = path.split('/');
    const bad = parts.find(
      (part) => !kebabCase.test(part) && !prescribedNames.test(part) && !snakeCaseProto.test(part),
    );
    if (bad !== undefined) faults.push(`${path}:1: '${bad}' is not in kebab-case`);
    if (isCode.test(path) && /(^|[/.-])(utils?|helpers?)([/.-]|$)/.test(path)) {
      faults.push(`${path}:1: 'utils' and 'helpers' name nothing: call it by what it holds`);
    }
  }
  return faults;
}

export function defaultExports(files: RepositoryFile[]): Fault[] {
  return inCode(
    files.filter(({ path }) => isTypeScript(path) && !path.endsWith('.config.ts')),
    /\bexport default\b|\bas default\b/,
    () => 'a default export: name it, so that it has one name everywhere',
  );
}

// Clock, random, timers, disk, network and environment come in as arguments, so that the simulator
// and the tests decide them. Only the edges may reach for the real ones.
const ambient = new RegExp(
  [
    /\bDate\.now\b/,
    /\bnew Date(\(\s*\)|\b(?!\s*\())/,
    /\bMath\.random\b/,
    /\bset(Timeout|Interval|Immediate)\b/,
    /(?<![.\w])process\.\w+/,
    /\bperformance\.\w+/,
    /\brandom(Bytes|UUID|Int|Fill)\b|\bgetRandomValues\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
// The modules of Node and the packages that reach the machine. Types of theirs are no harm.
const ambientModules = new RegExp(
  '^(node:(fs|net|tls|dgram|dns|http|https|http2|os|timers|perf_hooks|child_process|' +
    'worker_threads|cluster|readline|inspector)(/.*)?|pg|pg-copy-streams|pino)$',
);
// What runs on a person's machine and nowhere else may reach for it. The binding logic of local
// mode is the operator's as well.
const edgePaths = new RegExp(
  [
    /^(bench|docs|e2e|tools)\//,
    /^cli\/(?!src\/binding\/)/,
    /^console\/build\//,
    /^store\/src\/(connection|embedded|migrate)\//,
    /(^|\/)(adapters|testing)\//,
    /(^|\/)(main|config)\.ts$|\.config\.ts$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
const isInside = ({ path }: RepositoryFile): boolean =>
  isTypeScript(path) && !isTest(path) && !edgePaths.test(path);

export function ambientAccess(files: RepositoryFile[]): Fault[] {
  const inside = files.filter(isInside);
  const reached = inCode(
    inside,
    ambient,
    (found) =>
      `${found} outside main.ts, config.ts and adapters/: ` +
      'take a Clock, a Random or a value as an argument',
  );
  const imported = inside.flatMap((file) =>
    importsOf(file.text)
      .filter(({ specifier, isType }) => !isType && ambientModules.test(specifier))
      .map(
        ({ specifier, line }) =>
          `${file.path}:${line}: '${specifier}' outside main.ts, config.ts and adapters/: ` +
          'take what it does as an argument',
      ),
  );
  return [...reached, ...imported];
}

// The brackets keep this file from being its own first fault.
const leftOver = /\b(T[O]DO|FIX[M]E)\b/;

/** What is left to do belongs in an issue, where it has an owner. */
export function leftOvers(files: RepositoryFile[]): Fault[] {
  const faults: Fault[] = [];
  for (const { path, text } of files.filter((file) => !generated(file.path))) {
    for (const [number, line] of numberedLines(text)) {
      const found = leftOver.exec(line)?.[0];
      if (found !== undefined) faults.push(`${path}:${number}: ${found}: do it or open an issue`);
    }
  }
  return faults;
}

type Workspaces = Record<string, readonly string[] | 'any'>;

/** Which workspaces each one may import, itself aside. Imports go one way. */
export const allowedImports: Workspaces = {
  core: ['proto'],
  proto: [],
  store: ['core', 'proto'],
  producer: ['core', 'proto'],
  'pod-worker': ['core', 'proto', 'store'],
  operator: ['core', 'proto', 'store'],
  // What runs in a browser; it knows the product by its API alone.
  console: ['core'],
  gateway: ['core', 'proto', 'store'],
  cli: [
    'console',
    'core',
    'gateway',
    'operator',
    'pod-worker',
    'producer',
    'proto',
    'store',
    'witness',
  ],
  bench: 'any',
  e2e: 'any',
  sim: 'any',
  model: ['core'],
  witness: ['core', 'proto'],
};

const staticImport = /(?:^|[;\s}])(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/;
const bareOrDynamicImport = /\bimport\s*\(?\s*['"]([^'"]+)['"]/;
const importPattern = new RegExp(`${staticImport.source}|${bareOrDynamicImport.source}`, 'g');

interface FoundImport {
  readonly specifier: string;
  readonly line: number;
  /** Nothing is left of it when the program runs. */
  readonly isType: boolean;
}

function importsOf(text: string): FoundImport[] {
  return [...text.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? '';
    const offset = match.index + match[0].lastIndexOf(specifier);
    const line = text.slice(0, offset).split('\n').length;
    return { specifier, line, isType: /^\W*(import|export)\s+type\b/.test(match[0]) };
  });
}

export function importDirections(files: RepositoryFile[], allowed: Workspaces): Fault[] {
  const faults: Fault[] = [];
  for (const { path, text } of files) {
    const workspace = path.split('/')[0] ?? '';
    const targets = allowed[workspace];
    if (targets === undefined || !/\.tsx?$/.test(path)) continue;
    for (const { specifier, line } of importsOf(text)) {
      const fault = importFault(path, workspace, specifier, targets);
      if (fault !== undefined) faults.push(`${path}:${line}: ${fault}`);
    }
  }
  return faults;
}

function importFault(
  path: string,
  workspace: string,
  specifier: string,
  targets: readonly string[] | 'any',
): string | undefined {
  if (specifier.startsWith('.')) {
    const depth = path.split('/').length - 2;
    const up = specifier.split('/').filter((part) => part === '..').length;
    if (up <= depth) return undefined;
    return `'${specifier}' leaves ${workspace}/: import it as @feedmill/<workspace>/<file>`;
  }
  const target = /^@feedmill\/([^/]+)/.exec(specifier)?.[1];
  if (target === undefined || targets === 'any') return undefined;
  if (target === workspace) return `'${specifier}' is its own workspace: import it by a path`;
  if (targets.includes(target)) return undefined;
  const may = targets.length === 0 ? 'none of our workspaces' : targets.join(', ');
  return `${workspace} imports ${target}: it may import ${may}`;
}

const manifestsOf = (files: RepositoryFile[]): [RepositoryFile, Dependencies][] =>
  files
    .filter(({ path }) => baseName(path) === 'package.json')
    .map((file) => [file, JSON.parse(file.text) as Dependencies]);

const dependenciesOf = (manifest: Dependencies): [string, string][] =>
  Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  });

const lineOf = (text: string, what: string): number =>
  text.slice(0, Math.max(0, text.indexOf(what))).split('\n').length;

/** Workspaces declare what they may import, in exact versions, and each has an import rule. */
export function manifestFaults(files: RepositoryFile[], allowed: Workspaces): Fault[] {
  const faults: Fault[] = [];
  for (const [{ path, text }, manifest] of manifestsOf(files)) {
    const workspace = path.split('/')[0] ?? '';
    const targets = allowed[workspace];
    if (path.includes('/') && targets === undefined) {
      faults.push(`${path}:1: ${workspace} has no import rule: add it in tools/tidy-rules.ts`);
    }
    for (const [name, version] of dependenciesOf(manifest)) {
      const at = `${path}:${lineOf(text, `"${name}":`)}`;
      if (!/^(npm:[^@]+@)?\d+\.\d+\.\d+/.test(version)) {
        faults.push(`${at}: ${name} ${version}: pin the exact version`);
      }
      const target = /^@feedmill\/(.+)/.exec(name)?.[1];
      if (target === undefined || targets === undefined || targets === 'any') continue;
      if (!targets.includes(target))
        faults.push(`${at}: ${workspace} must not depend on ${target}`);
    }
  }
  return faults;
}

/** docs/dependencies.md says of every package why it is here. */
export function undocumentedDependencies(files: RepositoryFile[]): Fault[] {
  const page = 'docs/dependencies.md';
  const documented = files.find(({ path }) => path === page)?.text ?? '';
  const faults: Fault[] = [];
  for (const [{ path, text }, manifest] of manifestsOf(files)) {
    for (const [name] of dependenciesOf(manifest)) {
      if (name.startsWith('@feedmill/') || documented.includes(`\`${name}\``)) continue;
      const line = lineOf(text, `"${name}":`);
      faults.push(`${path}:${line}: ${name} has no row in ${page}: say what it is for`);
    }
  }
  return faults;
}

/** A lockfile that works on every platform and from every registry. */
export function lockfileFaults(files: RepositoryFile[]): Fault[] {
  const file = files.find(({ path }) => path === 'package-lock.json');
  if (file === undefined) return ['package-lock.json:1: missing: run npm install'];
  const faults: Fault[] = [];
  for (const [number, line] of numberedLines(file.text)) {
    if (!/"resolved": "[a-z+]+:/.test(line)) continue;
    faults.push(
      `${file.path}:${number}: a download address: npm install under the settings in .npmrc`,
    );
  }
  const lockfile = JSON.parse(file.text) as Lockfile;
  for (const [{ path, text }, manifest] of manifestsOf(files)) {
    const locked = lockfile.packages[path.replace(/\/?package\.json$/, '')];
    const lockedDependencies = new Map(dependenciesOf(locked ?? {}));
    for (const [name, version] of dependenciesOf(manifest)) {
      if (lockedDependencies.get(name) === version) continue;
      const at = `${path}:${lineOf(text, `"${name}":`)}`;
      faults.push(`${at}: ${name} ${version} is not in package-lock.json: npm install`);
    }
  }
  for (const { name } of missingPlatformPackages(lockfile)) {
    const line = lineOf(file.text, `"${name}"`);
    faults.push(`${file.path}:${line}: ${name} is not locked: npm run lock-platforms`);
  }
  return faults;
}

function inCode(
  files: RepositoryFile[],
  pattern: RegExp,
  message: (found: string) => string,
): Fault[] {
  const faults: Fault[] = [];
  for (const { path, text } of files) {
    for (const [number, line] of numberedLines(codeOnly(text))) {
      const found = pattern.exec(line)?.[0];
      if (found !== undefined) faults.push(`${path}:${number}: ${message(found)}`);
    }
  }
  return faults;
}
