import { createReadStream } from 'node:fs';
import { access, constants, readdir, stat } from 'node:fs/promises';
import { FeedmillError } from '@feedmill/core/errors';
import type { CaptureFiles } from '../capture-files.ts';
import { READ_BYTES } from '../limits.ts';

/** Captures on this machine's disk; relative paths count from the working directory. */
export class DiskFiles implements CaptureFiles {
  async sizeOf(path: string): Promise<number> {
    try {
      const found = await stat(path);
      if (found.isDirectory()) {
        throw new FeedmillError(
          'SOURCE_FAILED',
          `'${path}' is a folder; name the capture files in it, separated by commas.`,
        );
      }
      await access(path, constants.R_OK);
      return found.size;
    } catch (error) {
      throw readError(path, error);
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    try {
      return (await readdir(folder)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw readError(folder, error);
    }
  }

  async *read(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    try {
      const stream = createReadStream(path, { highWaterMark: READ_BYTES, signal });
      for await (const bytes of stream) yield bytes as Uint8Array;
    } catch (error) {
      if (signal.aborted) return;
      throw readError(path, error);
    }
  }
}

function readError(path: string, error: unknown): FeedmillError {
  if (error instanceof FeedmillError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  let problem = `cannot be read (${FeedmillError.from(error).message})`;
  if (code === 'ENOENT') problem = 'does not exist; check the path';
  if (code === 'EACCES') problem = 'may not be read by this user; change its permissions';
  return new FeedmillError('SOURCE_FAILED', `The capture file '${path}' ${problem}.`, {
    cause: error,
  });
}
