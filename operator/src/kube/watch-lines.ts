import { FeedmillError } from '@feedmill/core/errors';

/** Puts the lines of a watch together again out of the pieces that the network makes of them. */
export class WatchLines {
  readonly #lineBytesMax: number;
  #rest = '';

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /**
   * The lines that are whole with this piece. What stands behind the last line break waits; when
   * the connection is cut there, it is never a line.
   *
   * @throws FeedmillError API_UNAVAILABLE where a line is longer than any object can be
   */
  add(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.#lineBytesMax) {
      throw new FeedmillError(
        'API_UNAVAILABLE',
        `A line of a watch has more than ${this.#lineBytesMax} characters; no object is so long.`,
      );
    }
    return lines.filter((line) => line.trim() !== '');
  }
}
