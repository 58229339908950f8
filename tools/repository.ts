// The repository's own files, as the tidy rules see them.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

export interface RepositoryFile {
  /** Relative to the root, with forward slashes. */
  path: string;
  text: string;
}

export interface Repository {
  files: RepositoryFile[];
  emptyFolders: string[];
}

const foldersNotOurs = new Set(['node_modules', 'coverage', 'dist']);
const dotFoldersOurs = new Set(['.ci', '.github']);
const binaryEndings = /\.(png|jpg|gif|ico|woff2?|gz|zst|bin|parquet|tgz)$/;

function isOurs(entry: fs.Dirent): boolean {
  if (entry.isSymbolicLink()) return false;
  if (!entry.isDirectory()) return true;
  if (entry.name.startsWith('.')) return dotFoldersOurs.has(entry.name);
  return !foldersNotOurs.has(entry.name);
}

export function readRepository(root: string): Repository {
  const repository: Repository = { files: [], emptyFolders: [] };
  const visit = (folder: string): void => {
    const all = fs.readdirSync(path.join(root, folder), { withFileTypes: true });
    if (all.length === 0) repository.emptyFolders.push(folder);
    for (const entry of all.filter(isOurs)) {
      const at = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) visit(at);
      else repository.files.push({ path: at, text: readText(path.join(root, at)) });
    }
  };
  visit('');
  return repository;
}

function readText(file: string): string {
  return binaryEndings.test(file) ? '' : fs.readFileSync(file, 'utf8');
}
