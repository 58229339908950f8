import { FeedmillError } from '@feedmill/core/errors';
import { isReferenceKind, type ReferenceKind } from '@feedmill/core/reference/reference-set';

/** One version of reference data: the payload of a REFERENCE entry, and a row in Postgres. */
export interface ReferenceVersion {
  readonly kind: ReferenceKind;
  /** 1, 2, 3, …: a later one replaces all of an earlier one. */
  readonly version: number;
  /** Where it came from, for people. */
  readonly source: string;
  /** When, ns. */
  readonly tsLoaded: bigint;
  /** As packReference made it. */
  readonly content: Uint8Array;
}

// The payload: length of the head (u32, little endian), the head in JSON, then the content.
const LENGTH_BYTES = 4;

export function encodeReference(reference: ReferenceVersion): Buffer {
  const { kind, version, source, tsLoaded, content } = reference;
  const head = Buffer.from(JSON.stringify({ kind, version, source, tsLoaded: String(tsLoaded) }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, content]);
}

export function decodeReference(payload: Uint8Array): ReferenceVersion {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  try {
    const contentAt = LENGTH_BYTES + bytes.readUInt32LE(0);
    const head: unknown = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, contentAt));
    const { kind, version, source, tsLoaded } = head as Record<string, unknown>;
    if (typeof kind === 'string' && isReferenceKind(kind)) {
      return {
        kind,
        version: Number(version),
        source: String(source),
        tsLoaded: BigInt(String(tsLoaded)),
        // A copy: the entry's memory is used again.
        content: Uint8Array.from(bytes.subarray(contentAt)),
      };
    }
  } catch (error) {
    throw new FeedmillError('JOURNAL_CORRUPT', 'A REFERENCE entry cannot be read.', {
      cause: error,
    });
  }
  throw new FeedmillError(
    'CONFIG_INVALID',
    'The journal holds reference data of a kind that this version of Feedmill does not know. ' +
      'Start with the version that wrote it, or a newer one.',
  );
}
