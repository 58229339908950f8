import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { FeedmillError } from '@feedmill/core/errors';
import { READ_BYTES } from './limits.ts';

/** A way in which files are packed. */
interface Packing {
  readonly name: string;
  readonly suffix: string;
  readonly magic: readonly number[];
  readonly open: () => Transform;
}

const PACKINGS: readonly Packing[] = [
  {
    name: 'gzip',
    suffix: '.gz',
    magic: [0x1f, 0x8b],
    open: () => createGunzip({ chunkSize: READ_BYTES }),
  },
  {
    name: 'zstd',
    suffix: '.zst',
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    open: () => createZstdDecompress({ chunkSize: READ_BYTES }),
  },
];

const MAGIC_BYTES_MAX = 4;

/**
 * The content of a file that may be packed by gzip or zstd: known by its first bytes, or by its
 * name, so that a `.gz` that is none is refused rather than read as text.
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
  while (head.length < MAGIC_BYTES_MAX) {
    const piece = await pieces.next();
    if (piece.done === true) break;
    head = Buffer.concat([head, piece.value]);
  }
  const whole = startingWith(head, pieces);
  const packing = packingOf(path, head);
  if (packing === undefined) {
    yield* whole;
    return;
  }
  const unpacker = packing.open();
  let failure: Error | undefined;
  // The error also reaches the loop below; here it only must not be nobody's.
  pipeline(Readable.from(whole, { objectMode: true, highWaterMark: 1 }), unpacker, (error) => {
    failure = error ?? undefined;
  });
  try {
    for await (const piece of unpacker) yield piece as Uint8Array;
  } catch (error) {
    if (signal.aborted) return;
    throw unpackError(path, packing, failure ?? error);
  } finally {
    unpacker.destroy();
  }
}

function packingOf(path: string, head: Uint8Array): Packing | undefined {
  const byMagic = PACKINGS.find(({ magic }) => magic.every((byte, at) => head[at] === byte));
  if (byMagic !== undefined || head.length === 0) return byMagic;
  return PACKINGS.find(({ suffix }) => path.toLowerCase().endsWith(suffix));
}

function unpackError(path: string, { name }: Packing, cause: unknown): FeedmillError {
  if (cause instanceof FeedmillError) return cause;
  const isCut = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
  const problem = isCut
    ? `ends in the middle of its ${name} data; everything before was read. Record it again, ` +
      'or unpack what is whole'
    : `is not valid ${name} (${FeedmillError.from(cause).message}); unpack it or check the copy`;
  return new FeedmillError('SOURCE_FAILED', `The capture file '${path}' ${problem}.`, { cause });
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
