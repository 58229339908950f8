import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/**
 * Replaces `file` as a whole: a reader sees the old or the new content, also after a power cut.
 * Only this user may read it, since it may hold a connection URL.
 */
export async function writeJsonFile(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Reads a JSON file of ours; undefined where there is none.
 *
 * @throws FeedmillError CONFIG_INVALID naming the file where its content is not what we wrote
 */
export async function readJsonFile<Schema extends TSchema>(
  file: string,
  schema: Schema,
): Promise<Static<Schema> | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new FeedmillError('CONFIG_INVALID', `${file} cannot be read: ${error.message}.`, {
      cause: error,
    });
  });
  if (text === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `${file} is not JSON, so it was changed by hand or cut off; restore it, ` +
        'or use another --dir.',
      { cause: error },
    );
  }
  if (Value.Check(schema, content)) return content;
  const fault = Value.Errors(schema, content)[0];
  const where = fault === undefined ? '' : ` (${fault.instancePath || '/'} ${fault.message})`;
  throw new FeedmillError(
    'CONFIG_INVALID',
    `${file} does not hold what this version of Feedmill writes there${where}; ` +
      'use the version that wrote it, or another --dir.',
  );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
