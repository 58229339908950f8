import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGzip } from 'node:zlib';
import { asSequence } from '@feedmill/core/brand';
import { describe, expect, it } from 'vitest';
import type { CaptureFiles } from './capture-files.ts';
import { sourceOf } from './testing/source-reading.ts';

const LINES = 400_000;
const LINES_PER_PIECE = 200;
const MIB = 1024 * 1024;
const LOOKS = 20;

/** Memory in use that is not garbage, bytes. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A packed capture of any size that exists only as far as it is read. */
class EndlessFile implements CaptureFiles {
  async sizeOf(): Promise<number> {
    return LINES;
  }

  async list(): Promise<readonly string[]> {
    return [];
  }

  async *read(): AsyncIterable<Uint8Array> {
    const gzip = Readable.from(this.#text()).pipe(createGzip({ level: 1 }));
    for await (const piece of gzip) yield piece as Uint8Array;
  }

  *#text(): Iterable<string> {
    for (let from = 0; from < LINES; from += LINES_PER_PIECE) {
      let text = '';
      for (let id = from; id < from + LINES_PER_PIECE; id += 1) {
        text += `${1_723_161_254_000_000_000n + BigInt(id)} {"e":"trade","s":"BTCUSDT","t":${id},`;
        text += `"p":"${id}.5","q":"2","T":1723161255343,"m":true,"M":true}\n`;
      }
      yield text;
    }
  }
}

describe('the memory of a capture', () => {
  it('does not grow with the size of the file', async () => {
    const { source } = sourceOf('capture:binance:a.gz?speed=0', new EndlessFile());
    let count = 0;
    let nextLook = LINES / LOOKS;
    const looks: number[] = [];
    for await (const chunk of source.events(asSequence(0), new AbortController().signal)) {
      count += chunk.length;
      if (count < nextLook) continue;
      nextLook += LINES / LOOKS;
      looks.push(liveBytes());
    }
    expect(count).toBe(LINES + 3);
    expect(looks.length).toBeGreaterThanOrEqual(LOOKS - 1);
    // The text is 50 MiB and its events several hundred: what is kept is a chunk or two.
    expect(Math.max(...looks) - (looks[0] ?? 0)).toBeLessThan(8 * MIB);
  }, 60_000);
});
