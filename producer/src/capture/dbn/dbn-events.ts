import type { FeedEvent } from '@feedmill/core/event';
import type { CaptureContext, CaptureInput } from '../capture-format.ts';
import { bytesOf } from '../line-events.ts';
import { DbnMapper, dbnInstruments } from './dbn-mapper.ts';
import { damaged, metadataBytes, PRELUDE_BYTES, readMetadata } from './dbn-metadata.ts';
import { HEADER_BYTES } from './dbn-records.ts';

/** Words of four bytes, which the length of a record is counted in. */
const WORD_BYTES = 4;

/** The events of DBN files, one after the other as one session. */
export async function* dbnEvents(
  { paths }: CaptureInput,
  context: CaptureContext,
): AsyncIterable<readonly FeedEvent[]> {
  let dataset = '';
  const instruments = dbnInstruments(() => dataset);
  for (const path of paths) {
    context.problems.begin(path);
    const cutter = new PieceCutter();
    let mapper: DbnMapper | undefined;
    for await (const bytes of bytesOf(path, context)) {
      cutter.push(bytes);
      if (mapper === undefined) {
        const metadata = takeMetadata(cutter, path);
        if (metadata === undefined) continue;
        dataset = metadata.dataset;
        mapper = new DbnMapper(metadata, instruments, context.problems);
      }
      const events: FeedEvent[] = [];
      for (;;) {
        const record = takeRecord(cutter, path);
        if (record === undefined) break;
        context.problems.line += 1;
        events.push(...mapper.map(record));
      }
      if (events.length > 0) yield events;
    }
    if (context.signal.aborted) return;
    if (mapper === undefined) throw damaged(path, 'ends before its records begin');
    if (cutter.length > 0) {
      throw damaged(path, 'ends in the middle of a record; everything before was read');
    }
  }
}

function takeMetadata(cutter: PieceCutter, path: string) {
  const prelude = cutter.peek(PRELUDE_BYTES);
  if (prelude === undefined) return undefined;
  const length = metadataBytes(prelude, path);
  const bytes = cutter.take(length);
  return bytes === undefined ? undefined : readMetadata(bytes, path);
}

function takeRecord(cutter: PieceCutter, path: string): Buffer | undefined {
  const head = cutter.peek(1);
  if (head === undefined) return undefined;
  const length = (head[0] ?? 0) * WORD_BYTES;
  if (length < HEADER_BYTES) {
    // Where the next one begins cannot be told.
    const where = `is damaged at byte ${cutter.taken}`;
    throw damaged(path, `${where}: a record of ${length} bytes, ${HEADER_BYTES} are the least`);
  }
  return cutter.take(length);
}

/** Bytes that come in pieces of any size and are taken in others. */
class PieceCutter {
  #bytes: Buffer = Buffer.alloc(0);
  #offset = 0;
  /** Bytes taken so far. */
  taken = 0;

  get length(): number {
    return this.#bytes.length - this.#offset;
  }

  push(bytes: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#offset);
    this.#bytes = Buffer.concat([rest, bytes]);
    this.#offset = 0;
  }

  /** The next bytes, which stay; undefined when more must come first. */
  peek(length: number): Buffer | undefined {
    if (this.length < length) return undefined;
    return this.#bytes.subarray(this.#offset, this.#offset + length);
  }

  take(length: number): Buffer | undefined {
    const bytes = this.peek(length);
    if (bytes === undefined) return undefined;
    this.#offset += length;
    this.taken += length;
    return bytes;
  }
}
