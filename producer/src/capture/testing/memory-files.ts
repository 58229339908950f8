import { FeedmillError } from '@feedmill/core/errors';
import type { CaptureFiles } from '../capture-files.ts';

/** Files in memory, handed out in pieces of the given sizes, over and over. */
export class MemoryFiles implements CaptureFiles {
  readonly #files: Readonly<Record<string, Uint8Array>>;
  readonly #pieceSizes: readonly number[];

  constructor(files: Readonly<Record<string, Uint8Array | string>>, pieceSizes = [64 * 1024]) {
    this.#files = Object.fromEntries(
      Object.entries(files).map(([path, content]) => [
        path,
        typeof content === 'string' ? Buffer.from(content, 'utf8') : content,
      ]),
    );
    this.#pieceSizes = pieceSizes;
  }

  async sizeOf(path: string): Promise<number> {
    return this.#content(path).length;
  }

  async list(folder: string): Promise<readonly string[]> {
    const prefix = folder === '.' ? '' : `${folder}/`;
    return Object.keys(this.#files)
      .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
      .map((path) => path.slice(prefix.length))
      .sort();
  }

  async *read(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const content = this.#content(path);
    let offset = 0;
    for (let index = 0; offset < content.length && !signal.aborted; index += 1) {
      const size = this.#pieceSizes[index % this.#pieceSizes.length] ?? 1;
      yield content.subarray(offset, offset + size);
      offset += size;
    }
  }

  #content(path: string): Uint8Array {
    const content = this.#files[path];
    if (content !== undefined) return content;
    throw new FeedmillError('SOURCE_FAILED', `The capture file '${path}' does not exist.`);
  }
}
