import type { VenueQuote } from '@feedmill/core/quote/venue-quote';
import type { InstrumentWindows } from '@feedmill/core/window/bar-window';
import { EventView } from '@feedmill/core/wire/event-view';
import type { RowIds } from '@feedmill/store/copy/event-row';
import type { GrowingProgress, RowBatch } from '../sink/row-batch.ts';
import type { KnownInstrument } from './known-instrument.ts';

/** An instrument as the events of one producer meet it. */
export interface ProducerInstrument {
  readonly known: KnownInstrument;
  readonly windows: InstrumentWindows;
  /** Where its quotes are kept, once there was one. */
  quote: VenueQuote | undefined;
}

/**
 * The event that is being handled and everything around it. One mutable object serves a whole
 * shard, so that the hot path allocates nothing.
 */
export class EventContext {
  readonly event = new EventView();
  readonly ids: RowIds = {
    instrumentIdHi: 0,
    instrumentIdLo: 0,
    producerIdHi: 0,
    producerIdLo: 0,
    producerSequence: 0,
    tsInitHi: 0,
    tsInitLo: 0,
    publisherId: 0,
    flags: 0,
  };
  rows!: RowBatch;
  progress!: GrowingProgress;
  tsInit = 0n;
  tsInitMs = 0;
  /** Event time: whole seconds since 1970, and the nanoseconds within the second. */
  seconds = 0;
  nanos = 0;
  instrument: ProducerInstrument | undefined;
}
