import type { EventView } from '@feedmill/core/wire/event-view';
import type { CopyBuffer } from './copy-buffer.ts';

/** Columns that every table of events begins with, in the order of writeEventHeader. */
export const EVENT_COLUMNS = [
  'instrument_id',
  'ts_event',
  'producer_id',
  'producer_sequence',
  'ts_recv',
  'ts_init',
  'sequence',
  'publisher_id',
  'channel_id',
  'epoch',
  'flags',
  'ts_event_source',
] as const;

/**
 * What the worker adds to an event. Halves: `Hi` signed, `Lo` unsigned. One mutable object serves
 * all rows; ids of 0 mean the feed as a whole.
 */
export interface RowIds {
  instrumentIdHi: number;
  instrumentIdLo: number;
  producerIdHi: number;
  producerIdLo: number;
  producerSequence: number;
  tsInitHi: number;
  tsInitLo: number;
  publisherId: number;
  /** The event's flags with what the worker found out (LATE, AFTER_GAP, OUT_OF_ORDER). */
  flags: number;
}

/** Begins a row of `fieldCount` fields and writes the EVENT_COLUMNS. */
export function writeEventHeader(
  copy: CopyBuffer,
  fieldCount: number,
  event: EventView,
  ids: RowIds,
): void {
  copy.beginRow(fieldCount);
  copy.int64(ids.instrumentIdHi, ids.instrumentIdLo);
  copy.int64(event.tsEventHi, event.tsEventLo);
  copy.int64(ids.producerIdHi, ids.producerIdLo);
  copy.int64FromNumber(ids.producerSequence);
  copy.int64(event.tsRecvHi, event.tsRecvLo);
  copy.int64(ids.tsInitHi, ids.tsInitLo);
  copy.int64(event.sequenceHi, event.sequenceLo);
  copy.int32(ids.publisherId);
  copy.int32(event.channelId);
  copy.int32(event.epoch);
  copy.int32(ids.flags);
  copy.int16(event.tsEventSource);
}
