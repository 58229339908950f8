import { FeedmillError } from '../errors.ts';
import { BatchTag, WireError } from './wire-format.ts';
import { WireReader } from './wire-reader.ts';

const reader = new WireReader();
const TWO_32 = 4_294_967_296;

/** What the receiver must know of a batch before it may be journaled. */
export interface BatchSummary {
  /** Sequence of the first event. */
  readonly firstSequence: number;
  readonly eventCount: number;
}

/**
 * Reads the outline of a serialized Batch: that its framing holds from the first byte to the last,
 * its first sequence and the number of its events. The events themselves are not decoded.
 *
 * @throws FeedmillError BATCH_UNDECODABLE (not protobuf) or BATCH_INVALID (empty, or a sequence
 *   outside 1 to 2^53 - 1)
 */
export function scanBatch(bytes: Uint8Array): BatchSummary {
  let firstSequence = 0;
  let eventCount = 0;
  try {
    reader.reset(bytes);
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      if (tag === BatchTag.EVENT) {
        reader.readBytes();
        eventCount += 1;
      } else if (tag === BatchTag.FIRST_SEQUENCE) {
        reader.readFixed64();
        firstSequence = (reader.hi >>> 0) * TWO_32 + reader.lo;
      } else {
        reader.skip(tag);
      }
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new FeedmillError(
      'BATCH_UNDECODABLE',
      `The batch is not valid protobuf: ${error.message}.`,
    );
  }
  if (eventCount === 0) {
    throw new FeedmillError('BATCH_INVALID', 'The batch holds no event; send at least one.');
  }
  // Subtracted rather than added: beyond 2^53 a sum would be rounded.
  if (firstSequence < 1 || firstSequence > Number.MAX_SAFE_INTEGER - eventCount + 1) {
    throw new FeedmillError(
      'BATCH_INVALID',
      `first_sequence is ${firstSequence}; sequences start at 1 and stay below 2^53.`,
    );
  }
  return { firstSequence, eventCount };
}
