import type { Epoch, Position } from '@feedmill/core/brand';
import type { DiskFile } from '@feedmill/core/disk';
import {
  decodeEntry,
  ENTRY_HEADER_BYTES,
  type EntryFault,
  entryLength,
  type JournalEntry,
} from './journal-entry.ts';

/** Where a scan stopped and why. */
export interface ScanEnd {
  /** Offset of the first byte that is not part of a good entry. */
  readonly offset: number;
  /** undefined: the segment is full to its end. */
  readonly fault: EntryFault | undefined;
}

/**
 * Reads the entries of a segment in order, `windowBytes` at a time, and hands each to `visit` with
 * its offset until one is bad, `visit` returns false, or the segment ends. The payload that `visit`
 * sees is valid only during the call.
 */
export async function scanSegment(
  file: DiskFile,
  startOffset: number,
  windowBytes: number,
  visit: (entry: JournalEntry, offset: number, endOffset: number) => boolean,
): Promise<ScanEnd> {
  const size = await file.sizeBytes();
  let window = Buffer.allocUnsafe(windowBytes);
  let offset = startOffset;
  while (offset < size) {
    const length = await file.read(window, offset);
    const bytes = window.subarray(0, length);
    const isLast = offset + length >= size;
    let at = 0;
    while (at < length) {
      const decoded = decodeEntry(bytes, at);
      if (typeof decoded === 'string') {
        if (decoded === 'short' && !isLast && at > 0) break;
        if (decoded === 'short' && !isLast) {
          // One entry larger than the window: a length no writer uses is damage, not a demand
          // for memory.
          const claimed = entryLength(bytes, at);
          if (typeof claimed !== 'number' || offset + claimed > size) {
            return { offset, fault: 'damaged' };
          }
          window = Buffer.allocUnsafe(claimed);
          break;
        }
        if (decoded === 'blank' && !isLast && length - at < ENTRY_HEADER_BYTES && at > 0) break;
        return { offset: offset + at, fault: decoded };
      }
      const entryEnd = at + ENTRY_HEADER_BYTES + decoded.payload.byteLength;
      if (!visit(decoded, offset + at, offset + entryEnd)) {
        return { offset: offset + at, fault: undefined };
      }
      at = entryEnd;
    }
    offset += at;
    if (isLast && at >= length) break;
  }
  return { offset, fault: undefined };
}

const MAGIC_BYTES = Buffer.from('FMJ1', 'latin1');

/**
 * Looks behind a bad place for a good entry of the same shard with a position above `position`:
 * such an entry proves how far the journal was synced when it was written. That of a copy tells of
 * another journal, and proves nothing here.
 *
 * @returns the highest `durablePosition` found, or undefined where no later entry is left
 */
export async function durableAfter(
  file: DiskFile,
  fromOffset: number,
  shard: number,
  position: Position,
  isOwn: (epoch: Epoch) => boolean,
): Promise<Position | undefined> {
  const size = await file.sizeBytes();
  const rest = Buffer.allocUnsafe(Math.max(0, size - fromOffset));
  const bytes = rest.subarray(0, await file.read(rest, fromOffset));
  let found: Position | undefined;
  for (let at = bytes.indexOf(MAGIC_BYTES); at >= 0; at = bytes.indexOf(MAGIC_BYTES, at + 1)) {
    const entry = decodeEntry(bytes, at);
    if (typeof entry === 'string' || entry.shard !== shard || entry.position <= position) continue;
    if (!isOwn(entry.epoch)) continue;
    if (found === undefined || entry.durablePosition > found) found = entry.durablePosition;
  }
  return found;
}
