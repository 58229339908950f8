import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FeedmillError } from '@feedmill/core/errors';
import { READ_BYTES } from './limits.ts';

const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * The content of a file that may be packed by gzip: known by its first bytes, or by its name, so
 * that a `.gz` that is none is refused rather than read as text.
 *
 * @throws FeedmillError SOURCE_FAILED when the packed data are damaged or cut off
 */
export async function* unpackedBytes(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < GZIP_MAGIC.length) {
    const piece = await pieces.next();
    if (piece.done === true) break;
    head = Buffer.concat([head, piece.value]);
  }
  const hasMagic = GZIP_MAGIC.every((byte, index) => head[index] === byte);
  const whole = startingWith(head, pieces);
  if (!hasMagic && !(path.toLowerCase().endsWith('.gz') && head.length > 0)) {
    yield* whole;
    return;
  }
  const gunzip = createGunzip({ chunkSize: READ_BYTES });
  let failure: Error | undefined;
  // The error also reaches the loop below; here it only must not be nobody's.
  pipeline(Readable.from(whole, { objectMode: true, highWaterMark: 1 }), gunzip, (error) => {
    failure = error ?? undefined;
  });
  try {
    for await (const piece of gunzip) yield piece as Uint8Array;
  } catch (error) {
    if (signal.aborted) return;
    const cause = failure ?? error;
    if (cause instanceof FeedmillError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    const problem =
      code === 'Z_BUF_ERROR'
        ? 'ends in the middle of its gzip data; everything before was read. Record it again, ' +
          'or unpack what is whole'
        : `is not valid gzip (${FeedmillError.from(cause).message}); unpack it or check the copy`;
    throw new FeedmillError('SOURCE_FAILED', `The capture file '${path}' ${problem}.`, { cause });
  } finally {
    gunzip.destroy();
  }
}

async function* startingWith(
  head: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const piece = await pieces.next();
      if (piece.done === true) return;
      yield piece.value;
    }
  } finally {
    await pieces.return?.();
  }
}
