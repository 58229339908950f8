// Adds to package-lock.json the platform packages that npm left out of it.
//
// npm writes no entry for an optional package that it could not reach, and later neither installs
// that package on the platform it is for nor accepts the lockfile in `npm ci`. The version is fixed
// by the package that asks for it, and the platform can be read from the name, so the entry can be
// written without a download. It carries no integrity hash; npm adds one when it next reaches it.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LockEntry, type Lockfile, missingPlatformPackages } from './lockfile.ts';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lockfile = JSON.parse(fs.readFileSync(file, 'utf8')) as Lockfile;

const osOfToken: Record<string, string> = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
};

const cpuOfToken: Record<string, string> = {
  aarch64: 'arm64',
  arm: 'arm',
  arm64: 'arm64',
  armv7: 'arm',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  universal: '',
  wasm32: 'wasm32',
  x64: 'x64',
};

const libcOfToken: Record<string, string> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
};

function entryFor(name: string, version: string, dev: boolean): LockEntry {
  const tokens = name.split(/[/-]/);
  const pick = (table: Record<string, string>): string | undefined =>
    tokens.map((token) => table[token]).find((value) => value !== undefined);
  const cpu = pick(cpuOfToken);
  const libc = pick(libcOfToken);
  const platform = pick(osOfToken);
  if (cpu === undefined || (platform === undefined && cpu !== 'wasm32')) {
    throw new Error(`${name}: cannot tell its platform from its name; add it by hand`);
  }
  return {
    version,
    ...(cpu === '' ? {} : { cpu: [cpu] }),
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(platform === undefined ? {} : { os: [platform] }),
  };
}

const missing = missingPlatformPackages(lockfile);
for (const { name, version, dev } of missing) {
  lockfile.packages[`node_modules/${name}`] = entryFor(name, version, dev);
}
const sorted = Object.entries(lockfile.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
lockfile.packages = Object.fromEntries(sorted);
fs.writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`);
process.stdout.write(`package-lock.json: ${missing.length} platform packages added\n`);
