import { asEpoch, asPosition } from '@feedmill/core/brand';
import type { DiskFile } from '@feedmill/core/disk';
import { EntryKind, encodeHeader } from '@feedmill/pod-worker/journal/journal-entry';
import { durableAfter, scanSegment } from '@feedmill/pod-worker/journal/segment-scan';
import fc from 'fast-check';
import { damaged } from './damaged-bytes.ts';
import type { FuzzTarget } from './fuzz-target.ts';

const SHARD = 3;

const soundSegment = fc
  .array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 })
  .map((payloads) => {
    const parts = payloads.flatMap((bytes, index) => {
      const payload = Buffer.from(bytes);
      const header = encodeHeader({
        kind: EntryKind.BATCH,
        shard: SHARD,
        epoch: asEpoch(1),
        position: asPosition(index + 1),
        durablePosition: asPosition(index),
        previousHash: 0n,
        producerId: 7n,
        incarnation: 1n,
        firstSequence: index + 1,
        eventCount: 1,
        skipCount: 0,
        tsInit: 5n,
        payload,
      });
      return [header, payload];
    });
    return Buffer.concat([...parts, Buffer.alloc(256)]);
  });

/** A file that counts what is read of it. */
class CountedFile implements Pick<DiskFile, 'read' | 'sizeBytes'> {
  readonly #bytes: Buffer;
  bytesRead = 0;
  largestRead = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(target: Uint8Array, offset: number): Promise<number> {
    this.largestRead = Math.max(this.largestRead, target.byteLength);
    const part = this.#bytes.subarray(offset, offset + target.byteLength);
    target.set(part);
    this.bytesRead += part.length;
    return Promise.resolve(part.length);
  }

  sizeBytes(): Promise<number> {
    return Promise.resolve(this.#bytes.length);
  }
}

/** The scan ends within the file, asks for no more memory than that, and tells entries in order. */
async function scan({ bytes, window }: { bytes: Buffer; window: number }): Promise<void> {
  const file = new CountedFile(bytes);
  let through = 0;
  const end = await scanSegment(file as unknown as DiskFile, 0, window, (entry, from, to) => {
    if (from !== through || to > bytes.length) throw new Error(`an entry from ${from} to ${to}`);
    if (entry.payload.length > bytes.length) throw new Error('an entry beyond the file');
    through = to;
    return true;
  });
  if (end.offset > bytes.length) throw new Error(`the scan ended at ${end.offset}`);
  await durableAfter(file as unknown as DiskFile, end.offset, SHARD, asPosition(0), () => true);
  if (file.largestRead > Math.max(window, bytes.length, 1 << 20)) {
    throw new Error(`${file.largestRead} bytes were asked for at a time`);
  }
}

export const JOURNAL_TARGET: FuzzTarget = {
  name: 'journal',
  what: 'the segments of a journal, as recovery reads them',
  property: fc.asyncProperty(
    fc.record({ bytes: damaged(soundSegment), window: fc.integer({ min: 96, max: 1024 }) }),
    scan,
  ),
  corpus: [
    { bytes: Buffer.from('FMJ1'), window: 96 },
    { bytes: Buffer.alloc(96), window: 96 },
  ],
};
