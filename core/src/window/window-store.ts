import { windowStartSeconds } from '../epoch-time.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { BarWindow, InstrumentWindows } from './bar-window.ts';
import { QualityMarks } from './quality-marks.ts';
import { RetainedTrades } from './retained-trades.ts';
import { type Slot, Timeline } from './timeline.ts';
import { assertWindowOptions, type WindowOptions } from './window-options.ts';

const STATE_VERSION = 1;

/** Everything that the windows of one producer remember: what a checkpoint holds. */
export class WindowStore {
  readonly options: WindowOptions;
  /** The highest event time seen, in whole milliseconds and in whole seconds. */
  watermarkMs = Number.NEGATIVE_INFINITY;
  watermarkSeconds = Number.NEGATIVE_INFINITY;
  isConnected = false;
  readonly timeline: Timeline;
  readonly trades: RetainedTrades;
  /** Of the feed as a whole. */
  readonly marks = new QualityMarks();
  readonly instruments: InstrumentWindows[] = [];
  readonly #byId = new Map<number, InstrumentWindows>();

  /** @throws AssertionError when the options contradict themselves */
  constructor(options: WindowOptions) {
    assertWindowOptions(options);
    this.options = options;
    this.timeline = new Timeline(options.stepsSeconds, options.allowedLatenessMs);
    this.trades = new RetainedTrades(options.retainedTradesMax);
  }

  instrument(instrumentId: number): InstrumentWindows {
    const known = this.#byId.get(instrumentId);
    if (known !== undefined) return known;
    const { length: index } = this.instruments;
    const added = new InstrumentWindows(instrumentId, index, this.options.stepsSeconds.length);
    this.instruments.push(added);
    this.#byId.set(instrumentId, added);
    return added;
  }

  /** Start of the window of a step that a second lies in. */
  startOf(stepIndex: number, seconds: number): number {
    return windowStartSeconds(seconds, this.options.stepsSeconds[stepIndex] as number);
  }

  /** The instrument's live window of a step that a second lies in. */
  find(instrument: InstrumentWindows, stepIndex: number, seconds: number): BarWindow | undefined {
    return instrument.windows[stepIndex]?.get(this.startOf(stepIndex, seconds));
  }

  /** The same, opened where there is none yet; undefined where it is final. */
  open(instrument: InstrumentWindows, stepIndex: number, seconds: number): BarWindow | undefined {
    const known = this.find(instrument, stepIndex, seconds);
    if (known !== undefined) return known;
    const startSeconds = this.startOf(stepIndex, seconds);
    if (this.timeline.isFinal(stepIndex, startSeconds, this.watermarkMs)) return undefined;
    return this.#add(instrument, this.timeline.slot(stepIndex, startSeconds, this.watermarkMs));
  }

  /** Forgets a window that is final. */
  close({ instrument, slot, startSeconds }: BarWindow): void {
    instrument.windows[slot.stepIndex]?.delete(startSeconds);
    if (instrument.bucket?.slot === slot) instrument.bucket = undefined;
  }

  /** No bar that is not final overlaps a stretch of time that ends by this second. */
  forgetMarksSeconds(): number {
    const { stepsSeconds, allowedLatenessMs } = this.options;
    const largestStep = stepsSeconds.at(-1) as number;
    return Math.floor((this.watermarkMs - allowedLatenessMs) / 1000) - largestStep;
  }

  /** Forgets the trades at the head of the ring whose buckets are final. */
  releaseTrades(): void {
    const { allowedLatenessMs } = this.options;
    const finalThroughSeconds = Math.floor((this.watermarkMs - allowedLatenessMs) / 1000);
    // A bucket that this second has not left behind is not final; those that start before it are.
    this.trades.dropBefore(this.startOf(0, finalThroughSeconds));
  }

  /** Makes room for one more trade, at the bound by giving up the oldest for corrections. */
  makeRoomForTrade(): void {
    const { trades } = this;
    const before = trades.count;
    this.releaseTrades();
    // A ring that stays mostly full after a release would have to release again and again.
    if (trades.count > before * 0.75) trades.grow();
    if (!trades.isFull) return;
    const { oldest } = trades;
    const instrument = this.instruments[trades.instrument(oldest)] as InstrumentWindows;
    const bucket = this.find(instrument, 0, trades.seconds(oldest));
    if (bucket !== undefined) bucket.isSealed = true;
    trades.dropOldest();
  }

  writeState(writer: StateWriter): void {
    const { stepsSeconds, allowedLatenessMs } = this.options;
    this.releaseTrades();
    writer.varint(STATE_VERSION);
    writer.text(`${stepsSeconds.join(',')}/${allowedLatenessMs}`);
    writer.float64(this.watermarkMs);
    writer.float64(this.watermarkSeconds);
    writer.boolean(this.isConnected);
    this.marks.writeState(writer);
    writer.varint(this.instruments.length);
    for (const { instrumentId, marks } of this.instruments) {
      writer.varint(instrumentId);
      marks.writeState(writer);
    }
    this.trades.writeState(writer);
    const slots = [...this.timeline.all()];
    writer.varint(slots.length);
    for (const slot of slots) {
      writer.varint(slot.stepIndex);
      writer.integer(slot.startSeconds);
      writer.varint(slot.windows.length);
      for (const window of slot.windows) {
        writer.varint(window.instrument.index);
        window.writeState(writer);
      }
    }
  }

  readState(reader: StateReader): void {
    const { stepsSeconds, allowedLatenessMs } = this.options;
    reader.version(STATE_VERSION, 'the window state');
    const seen = reader.text();
    const expected = `${stepsSeconds.join(',')}/${allowedLatenessMs}`;
    if (seen !== expected) {
      throw reader.invalid(`it holds bars of steps/lateness ${seen}, configured is ${expected}`);
    }
    this.watermarkMs = reader.float64();
    this.watermarkSeconds = reader.float64();
    this.isConnected = reader.boolean();
    this.marks.readState(reader);
    const instrumentCount = reader.count(2);
    for (let index = 0; index < instrumentCount; index += 1) {
      this.instrument(reader.varint()).marks.readState(reader);
    }
    this.trades.readState(reader);
    const slotCount = reader.count(4);
    for (let index = 0; index < slotCount; index += 1) this.#readSlot(reader);
  }

  #readSlot(reader: StateReader): void {
    const stepIndex = reader.varint();
    const startSeconds = Number(reader.integer());
    if (stepIndex >= this.options.stepsSeconds.length) throw reader.invalid(`step ${stepIndex}`);
    const slot = this.timeline.slot(stepIndex, startSeconds, this.watermarkMs);
    const windowCount = reader.count(8);
    for (let index = 0; index < windowCount; index += 1) {
      const instrumentIndex = reader.varint();
      const instrument = this.instruments[instrumentIndex];
      if (instrument === undefined) throw reader.invalid(`instrument number ${instrumentIndex}`);
      this.#add(instrument, slot).readState(reader);
    }
  }

  #add(instrument: InstrumentWindows, slot: Slot): BarWindow {
    const window = new BarWindow(instrument, slot);
    slot.windows.push(window);
    instrument.windows[slot.stepIndex]?.set(slot.startSeconds, window);
    return window;
  }
}
