import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';

/** The folder of the console's sources. */
const SOURCE = path.resolve(import.meta.dirname, '..');
/** What the bundle depends on, beside the lockfile. */
const INPUTS = ['index.html', 'vite.config.ts', 'public', 'src'];
const LOCKFILE = path.resolve(SOURCE, '..', 'package-lock.json');
const KEY_CHARS = 16;

/**
 * The folder with the built console; builds it if the sources changed since it was last built.
 *
 * @param place where built ones are kept, by default beside the sources
 */
export async function ensureConsole(place = path.join(SOURCE, 'dist')): Promise<string> {
  const folder = path.join(place, await inputsKey());
  if (await isFolder(folder)) return folder;
  await mkdir(place, { recursive: true });
  const draft = path.join(place, `.draft-${process.pid}`);
  await buildConsole(draft);
  try {
    // The rename is what makes it whole for everybody who looks.
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster with the same.
    if (!(await isFolder(folder))) throw error;
  }
  await removeOthers(place, folder);
  return folder;
}

/** Builds the console into a folder, whatever is in it. */
export async function buildConsole(folder: string): Promise<void> {
  await build({
    root: SOURCE,
    configFile: path.join(SOURCE, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
}

async function inputsKey(): Promise<string> {
  const hash = createHash('sha256');
  const files = [LOCKFILE];
  for (const input of INPUTS) files.push(...(await filesOf(path.join(SOURCE, input))));
  for (const file of files.sort()) {
    hash.update(`${path.relative(SOURCE, file)}\0`);
    hash.update(await readFile(file));
  }
  return hash.digest('hex').slice(0, KEY_CHARS);
}

async function filesOf(place: string): Promise<string[]> {
  if (!(await isFolder(place))) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Older ones; a page that is open has its files loaded, but for the chart, which it asks anew. */
async function removeOthers(place: string, kept: string): Promise<void> {
  for (const name of await readdir(place)) {
    const other = path.join(place, name);
    if (other !== kept) await rm(other, { recursive: true, force: true });
  }
}

const isFolder = async (place: string): Promise<boolean> =>
  (await stat(place).catch(() => undefined))?.isDirectory() === true;
