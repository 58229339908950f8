import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import { FeedmillError } from '@feedmill/core/errors';
import {
  type JournalEntries,
  type ReplicateResponse,
  ReplicateResponseSchema,
} from '@feedmill/proto/feedmill/v1/replicate_pb';
import { decodeEntry, ENTRY_HEADER_BYTES, type JournalEntry } from '../journal/journal-entry.ts';

/** Below this, the frame of zstd outweighs what it saves. */
const COMPRESS_FROM_BYTES = 512;

/** Entries with their headers, as they go over the link. */
export interface ShippedEntry {
  readonly header: Buffer;
  readonly payload: Uint8Array;
}

/** One message with whole entries, in the order of the journal. */
export function entriesMessage(
  firstPosition: number,
  entries: readonly ShippedEntry[],
  isCompressed: boolean,
): { readonly message: ReplicateResponse; readonly linkBytes: number } {
  const parts = entries.flatMap(({ header, payload }) => [header, payload]);
  const entryBytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const whole = Buffer.concat(parts, entryBytes);
  const isSmall = entryBytes < COMPRESS_FROM_BYTES;
  const fields = { firstPosition: BigInt(firstPosition), entryCount: entries.length, entryBytes };
  if (!isCompressed || isSmall) {
    return { message: response({ ...fields, entries: [whole] }), linkBytes: entryBytes };
  }
  const zstdEntries = zstdCompressSync(whole);
  return { message: response({ ...fields, zstdEntries }), linkBytes: zstdEntries.byteLength };
}

const response = (value: object): ReplicateResponse =>
  create(ReplicateResponseSchema, { response: { case: 'entries', value } });

/** An entry that came over the link: its bytes as they were, and what they say. */
export interface ReceivedEntry {
  readonly header: Buffer;
  readonly entry: JournalEntry;
}

/**
 * The entries of a message, each checked against its checksum.
 *
 * @throws FeedmillError JOURNAL_CORRUPT where the bytes are not whole entries
 */
export function entriesOf(message: JournalEntries, bytesMax: number): ReceivedEntry[] {
  const { entryBytes, zstdEntries } = message;
  if (entryBytes > bytesMax)
    throw damaged(`it announces ${entryBytes} bytes, ${bytesMax} may come`);
  const bytes =
    zstdEntries.length > 0
      ? zstdDecompressSync(zstdEntries, { maxOutputLength: Math.max(entryBytes, 1) })
      : Buffer.concat(message.entries);
  const received: ReceivedEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const entry = decodeEntry(bytes, at);
    if (typeof entry === 'string') throw damaged(`entry ${received.length} of it is ${entry}`);
    received.push({ header: bytes.subarray(at, at + ENTRY_HEADER_BYTES), entry });
    at += ENTRY_HEADER_BYTES + entry.payload.byteLength;
  }
  if (received.length === message.entryCount) return received;
  throw damaged(`it announces ${message.entryCount} entries and holds ${received.length}`);
}

const damaged = (what: string): FeedmillError =>
  new FeedmillError('JOURNAL_CORRUPT', `A message of the other region cannot be read: ${what}.`);
