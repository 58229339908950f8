import { asPosition, type Position } from '@feedmill/core/brand';
import type { Cbbo } from '@feedmill/core/quote/cbbo';
import { CopySet } from '@feedmill/store/copy/copy-set';
import type {
  AlertOutcome,
  BarRow,
  CbboRow,
  CommitBatch,
  DeadLetterRow,
  GapRow,
  InstrumentRow,
  ProducerProgress,
  ProducerStateRow,
  ReferenceRow,
  SignalRow,
  SymbolRow,
} from '@feedmill/store/shard-session/commit-batch';

/** How far one producer comes by a batch; grows while entries are added. */
export type GrowingProgress = { -readonly [Key in keyof ProducerProgress]: ProducerProgress[Key] };

/** What one sink transaction will commit, filled by the processors and used again and again. */
export class RowBatch {
  readonly copies = new CopySet();
  readonly bars: BarRow[] = [];
  readonly gaps: GapRow[] = [];
  readonly cbbos: CbboRow[] = [];
  readonly signals: SignalRow[] = [];
  readonly alertOutcomes: AlertOutcome[] = [];
  readonly deadLetters: DeadLetterRow[] = [];
  readonly instruments: InstrumentRow[] = [];
  readonly symbols: SymbolRow[] = [];
  readonly references: ReferenceRow[] = [];
  readonly states: ProducerStateRow[] = [];
  readonly #producers = new Map<bigint, GrowingProgress>();
  #fromPosition = asPosition(0);
  #toPosition = asPosition(0);
  /** Events in the batch, whatever became of them. */
  eventCount = 0;
  /** Monotonic time at which its first entry was durable, for the lag. */
  sinceMs = 0;

  /** Empties the batch; the next entry is the one after `position`. */
  reset(position: Position): void {
    this.copies.reset();
    this.bars.length = 0;
    this.gaps.length = 0;
    this.cbbos.length = 0;
    this.signals.length = 0;
    this.alertOutcomes.length = 0;
    this.deadLetters.length = 0;
    this.instruments.length = 0;
    this.symbols.length = 0;
    this.references.length = 0;
    this.states.length = 0;
    this.#producers.clear();
    this.#fromPosition = position;
    this.#toPosition = position;
    this.eventCount = 0;
  }

  get fromPosition(): Position {
    return this.#fromPosition;
  }

  get toPosition(): Position {
    return this.#toPosition;
  }

  get isEmpty(): boolean {
    return this.#toPosition === this.#fromPosition && this.states.length === 0;
  }

  /** Notes that the entry at `position` is in the batch. */
  reach(position: Position): void {
    this.#toPosition = position;
  }

  /** Adds a best bid and offer that the entry reached last has made. */
  addCbbo(cbbo: Cbbo, tsEvent: bigint, tsInit: bigint): void {
    const position = this.#toPosition;
    this.cbbos.push({ cbbo, tsEvent, tsInit, position, rowIndex: nextIndex(this.cbbos, position) });
  }

  /** The place of the next signal: the entry reached last, and how many of it there are. */
  nextSignal(): { readonly position: Position; readonly rowIndex: number } {
    const position = this.#toPosition;
    return { position, rowIndex: nextIndex(this.signals, position) };
  }

  /** The progress of a producer in this batch, or undefined where it has none yet. */
  progress(producerId: bigint): GrowingProgress | undefined {
    return this.#producers.get(producerId);
  }

  addProgress(progress: GrowingProgress): void {
    this.#producers.set(progress.producerId, progress);
  }

  /** How far each producer comes by this batch. */
  producers(): IterableIterator<ProducerProgress> {
    return this.#producers.values();
  }

  /** The batch as the store wants it; valid until reset. */
  commitBatch(): CommitBatch {
    return {
      fromPosition: this.#fromPosition,
      toPosition: this.#toPosition,
      copies: this.copies,
      bars: this.bars,
      gaps: this.gaps,
      cbbos: this.cbbos,
      signals: this.signals,
      alertOutcomes: this.alertOutcomes,
      deadLetters: this.deadLetters,
      instruments: this.instruments,
      symbols: this.symbols,
      references: this.references,
      producers: [...this.#producers.values()],
      states: this.states,
    };
  }
}

/** Rows of one entry are counted from 0. */
function nextIndex(
  rows: readonly { readonly position: Position; readonly rowIndex: number }[],
  position: Position,
): number {
  const last = rows.at(-1);
  return last?.position === position ? last.rowIndex + 1 : 0;
}
