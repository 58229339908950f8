import { FeedmillError } from '@feedmill/core/errors';

/** A file of the console, held in memory. */
export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
}

/** Reads all files of a folder, by their path in it. */
export type ReadFolder = (folder: string) => Promise<ReadonlyMap<string, Buffer>>;

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

/** The built console, once it is there. */
export class ConsoleFiles {
  readonly #readFolder: ReadFolder;
  readonly #bytesMax: number;
  #files: ReadonlyMap<string, ConsoleFile> | undefined;

  constructor(readFolder: ReadFolder, bytesMax: number) {
    this.#readFolder = readFolder;
    this.#bytesMax = bytesMax;
  }

  get isThere(): boolean {
    return this.#files !== undefined;
  }

  /** @param path as in the URL, with its slash; `/` is the page itself */
  file(path: string): ConsoleFile | undefined {
    return this.#files?.get(path === '/' ? 'index.html' : path.slice(1));
  }

  /**
   * Takes the files of a folder from now on.
   *
   * @throws FeedmillError CONFIG_INVALID where it holds no console
   */
  async load(folder: string): Promise<void> {
    const found = await this.#readFolder(folder);
    const bytes = [...found.values()].reduce((sum, { length }) => sum + length, 0);
    if (!found.has('index.html') || bytes > this.#bytesMax) {
      throw new FeedmillError(
        'CONFIG_INVALID',
        `The folder ${folder} has ${found.size} files of ${bytes} bytes; a built console has an ` +
          `index.html and at most ${this.#bytesMax} bytes.`,
      );
    }
    this.#files = new Map(
      [...found].map(([path, content]) => [
        path,
        {
          type: TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
          bytes: content,
          isHashed: path.startsWith('assets/'),
        },
      ]),
    );
  }
}
