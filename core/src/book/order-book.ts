import { BookAction, Side } from '@feedmill/proto/feedmill/v1/event_pb';
import {
  type BookChangeBody,
  type BookDeltaBody,
  type BookLevelBody,
  type BookSnapshotBody,
  type Int64,
  UNDEF_PRICE,
} from '../event.ts';
import { BOOK_LEVELS_MAX } from '../limits.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { BookSide } from './book-side.ts';

/** Best bid and offer. A side that does not exist has UNDEF_PRICE and size 0. */
export interface TopOfBook {
  readonly bidPx: Int64;
  readonly bidSz: Int64;
  readonly askPx: Int64;
  readonly askSz: Int64;
}

/** How the two sides stand to each other. `locked`: the best prices are equal. */
export type BookState = 'empty' | 'one-sided' | 'normal' | 'locked' | 'crossed';

/** The book of one instrument at one venue, by price level. */
export class OrderBook {
  readonly #bids: BookSide;
  readonly #asks: BookSide;
  #isSynced = false;

  /** @param levelsMax levels kept of each side; venues that send only the best N want N here */
  constructor(levelsMax: number = BOOK_LEVELS_MAX) {
    this.#bids = new BookSide(true, levelsMax);
    this.#asks = new BookSide(false, levelsMax);
  }

  /** Whether the book stands on a snapshot, with nothing known to be missing since. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Says that a message was missed: the book may be wrong until the next snapshot. */
  invalidate(): void {
    this.#isSynced = false;
  }

  /** Replaces the book. Returns whether the top of the book has changed. */
  applySnapshot({ bids, asks }: BookSnapshotBody): boolean {
    return this.#change(() => {
      this.#bids.clear();
      this.#asks.clear();
      for (const { price, size } of bids) this.#bids.set(price, size);
      for (const { price, size } of asks) this.#asks.set(price, size);
      this.#isSynced = true;
    });
  }

  /** Applies the changes of one message. Returns whether the top of the book has changed. */
  applyDelta({ changes }: BookDeltaBody): boolean {
    return this.#change(() => {
      for (const change of changes) this.#apply(change);
    });
  }

  top(): TopOfBook {
    return {
      bidPx: this.#bids.bestPrice ?? UNDEF_PRICE,
      bidSz: this.#bids.bestSize ?? 0,
      askPx: this.#asks.bestPrice ?? UNDEF_PRICE,
      askSz: this.#asks.bestSize ?? 0,
    };
  }

  get state(): BookState {
    const bid = this.#bids.bestPrice;
    const ask = this.#asks.bestPrice;
    if (bid === undefined && ask === undefined) return 'empty';
    if (bid === undefined || ask === undefined) return 'one-sided';
    if (bid === ask) return 'locked';
    return bid > ask ? 'crossed' : 'normal';
  }

  /** The best `count` bids, highest first. */
  bids(count: number): BookLevelBody[] {
    return this.#bids.levels(count);
  }

  /** The best `count` asks, lowest first. */
  asks(count: number): BookLevelBody[] {
    return this.#asks.levels(count);
  }

  writeState(writer: StateWriter): void {
    writer.boolean(this.#isSynced);
    this.#bids.writeState(writer);
    this.#asks.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#isSynced = reader.boolean();
    this.#bids.readState(reader);
    this.#asks.readState(reader);
  }

  #change(apply: () => void): boolean {
    const { bestPrice: bidPx, bestSize: bidSz } = this.#bids;
    const { bestPrice: askPx, bestSize: askSz } = this.#asks;
    apply();
    this.#bids.truncate();
    this.#asks.truncate();
    return (
      bidPx !== this.#bids.bestPrice ||
      bidSz !== this.#bids.bestSize ||
      askPx !== this.#asks.bestPrice ||
      askSz !== this.#asks.bestSize
    );
  }

  #apply({ action, side, price, size }: BookChangeBody): void {
    switch (action) {
      case BookAction.ADD:
      case BookAction.MODIFY:
      case BookAction.CANCEL:
        // The size is that of the level after the change, whatever the action is called.
        this.#sideOf(side)?.set(price, size);
        return;
      case BookAction.CLEAR:
        if (side !== Side.ASK) this.#bids.clear();
        if (side !== Side.BID) this.#asks.clear();
        return;
      default:
        // TRADE and FILL report what happened; the level follows in a change of its own.
        return;
    }
  }

  #sideOf(side: Side): BookSide | undefined {
    if (side === Side.BID) return this.#bids;
    return side === Side.ASK ? this.#asks : undefined;
  }
}
