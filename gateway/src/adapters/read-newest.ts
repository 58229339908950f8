import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ReadNewest } from '../observe/drill-board.ts';

/** File names begin with their time, so the newest are those that sort last. */
export const readNewest: ReadNewest = async (folder, { filesMax, bytesMax }) => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    // Made by the first that writes there.
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const newest = names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .slice(-filesMax);
  return await Promise.all(newest.map((name) => readSmall(path.join(folder, name), bytesMax)));
};

async function readSmall(file: string, bytesMax: number): Promise<string> {
  try {
    const { size } = await stat(file);
    return size > bytesMax ? '' : await readFile(file, 'utf8');
  } catch {
    // Removed meanwhile, or not ours to read.
    return '';
  }
}
