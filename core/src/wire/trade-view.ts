import type { EventView } from './event-view.ts';
import { TradeTag } from './wire-format.ts';

/** Which of the day's figures a print updates, as bits. */
export const UpdateBit = { LAST: 1, HIGH_LOW: 2, VOLUME: 4, ALL: 7 } as const;

/** Flyweight over the Trade body of the event that an EventView stands on. */
export class TradeView {
  priceHi = 0;
  priceLo = 0;
  sizeHi = 0;
  sizeLo = 0;
  aggressorSide = 0;
  /** Range of the trade id's text within the batch. */
  tradeIdStart = 0;
  tradeIdEnd = 0;
  /** `UpdateBit`s; all set unless the event says otherwise. */
  updates: number = UpdateBit.ALL;
  saleConditions: string[] | undefined;
  trf: string | undefined;

  /** @throws WireError where the body is broken */
  read(event: EventView): void {
    const { reader } = event;
    reader.offset = event.bodyStart;
    reader.end = event.bodyEnd;
    this.priceHi = 0;
    this.priceLo = 0;
    this.sizeHi = 0;
    this.sizeLo = 0;
    this.aggressorSide = 0;
    this.tradeIdStart = 0;
    this.tradeIdEnd = 0;
    this.updates = UpdateBit.ALL;
    this.saleConditions = undefined;
    this.trf = undefined;
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      switch (tag) {
        case TradeTag.PRICE:
          reader.readFixed64();
          this.priceHi = reader.hi;
          this.priceLo = reader.lo;
          break;
        case TradeTag.SIZE:
          reader.readFixed64();
          this.sizeHi = reader.hi;
          this.sizeLo = reader.lo;
          break;
        case TradeTag.AGGRESSOR_SIDE:
          this.aggressorSide = reader.readVarint32();
          break;
        case TradeTag.TRADE_ID:
          reader.readBytes();
          this.tradeIdStart = reader.start;
          this.tradeIdEnd = reader.stop;
          break;
        case TradeTag.SALE_CONDITION:
          reader.readBytes();
          (this.saleConditions ??= []).push(event.text(reader.start, reader.stop));
          break;
        case TradeTag.UPDATES_LAST:
          this.#setUpdate(UpdateBit.LAST, reader.readVarint32());
          break;
        case TradeTag.UPDATES_HIGH_LOW:
          this.#setUpdate(UpdateBit.HIGH_LOW, reader.readVarint32());
          break;
        case TradeTag.UPDATES_VOLUME:
          this.#setUpdate(UpdateBit.VOLUME, reader.readVarint32());
          break;
        case TradeTag.TRF:
          reader.readBytes();
          this.trf = event.text(reader.start, reader.stop);
          break;
        default:
          reader.skip(tag);
      }
    }
  }

  #setUpdate(bit: number, value: number): void {
    this.updates = value === 0 ? this.updates & ~bit : this.updates | bit;
  }
}
