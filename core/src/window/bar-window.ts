import { BarQuality } from '@feedmill/proto/feedmill/v1/event_pb';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { QualityMarks } from './quality-marks.ts';
import type { Slot } from './timeline.ts';
import { TradeSummary } from './trade-summary.ts';

/** The bars of one instrument that are not final. A caller holds it as a handle. */
export class InstrumentWindows {
  readonly instrumentId: number;
  /** Number within its producer, from 0. */
  readonly index: number;
  /** By step, then by start. */
  readonly windows: readonly Map<number, BarWindow>[];
  readonly marks = new QualityMarks();
  /** The bucket of the last trade, since the next one mostly falls into it as well. */
  bucket: BarWindow | undefined;

  constructor(instrumentId: number, index: number, stepCount: number) {
    this.instrumentId = instrumentId;
    this.index = index;
    this.windows = Array.from({ length: stepCount }, () => new Map());
  }
}

/**
 * A bar in the making. One of the smallest step is a bucket: its summary holds all its trades. That
 * of a larger step holds those of final buckets only; the live buckets are added where it counts.
 */
export class BarWindow {
  readonly instrument: InstrumentWindows;
  readonly slot: Slot;
  readonly startSeconds: number;
  readonly closeSeconds: number;
  readonly summary = new TradeSummary();
  /** Of what was published last; -1 before that. */
  revision = -1;
  publishedChanges = -1;
  publishedQuality: BarQuality = BarQuality.UNSPECIFIED;
  /** A bucket's chain of retained trades: address of the last, and how many. */
  lastTrade = 0;
  retained = 0;
  /** Some of a bucket's trades had to be given up, so that none can be corrected. */
  isSealed = false;

  constructor(instrument: InstrumentWindows, slot: Slot) {
    this.instrument = instrument;
    this.slot = slot;
    this.startSeconds = slot.startSeconds;
    this.closeSeconds = slot.closeSeconds;
  }

  writeState(writer: StateWriter): void {
    this.summary.writeState(writer);
    writer.varint(this.revision + 1);
    writer.varint(this.publishedChanges + 1);
    writer.varint(this.publishedQuality);
    writer.varint(this.lastTrade);
    writer.varint(this.retained);
    writer.boolean(this.isSealed);
  }

  readState(reader: StateReader): void {
    this.summary.readState(reader);
    this.revision = reader.varint() - 1;
    this.publishedChanges = reader.varint() - 1;
    this.publishedQuality = reader.varint() as BarQuality;
    this.lastTrade = reader.varint();
    this.retained = reader.varint();
    this.isSealed = reader.boolean();
  }
}
