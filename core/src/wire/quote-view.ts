import type { EventView } from './event-view.ts';
import { QuoteTag } from './wire-format.ts';

/** Flyweight over the Quote body of the event that an EventView stands on. */
export class QuoteView {
  bidPxHi = 0;
  bidPxLo = 0;
  bidSzHi = 0;
  bidSzLo = 0;
  bidCt = 0;
  askPxHi = 0;
  askPxLo = 0;
  askSzHi = 0;
  askSzLo = 0;
  askCt = 0;
  quoteCondition = '';
  isIndicative = false;

  /** @throws WireError where the body is broken */
  read(event: EventView): void {
    const { reader } = event;
    reader.offset = event.bodyStart;
    reader.end = event.bodyEnd;
    this.bidPxHi = 0;
    this.bidPxLo = 0;
    this.bidSzHi = 0;
    this.bidSzLo = 0;
    this.bidCt = 0;
    this.askPxHi = 0;
    this.askPxLo = 0;
    this.askSzHi = 0;
    this.askSzLo = 0;
    this.askCt = 0;
    this.quoteCondition = '';
    this.isIndicative = false;
    while (reader.offset < reader.end) {
      const tag = reader.readVarint32();
      switch (tag) {
        case QuoteTag.BID_PX:
          reader.readFixed64();
          this.bidPxHi = reader.hi;
          this.bidPxLo = reader.lo;
          break;
        case QuoteTag.BID_SZ:
          reader.readFixed64();
          this.bidSzHi = reader.hi;
          this.bidSzLo = reader.lo;
          break;
        case QuoteTag.BID_CT:
          this.bidCt = reader.readVarint32();
          break;
        case QuoteTag.ASK_PX:
          reader.readFixed64();
          this.askPxHi = reader.hi;
          this.askPxLo = reader.lo;
          break;
        case QuoteTag.ASK_SZ:
          reader.readFixed64();
          this.askSzHi = reader.hi;
          this.askSzLo = reader.lo;
          break;
        case QuoteTag.ASK_CT:
          this.askCt = reader.readVarint32();
          break;
        case QuoteTag.QUOTE_CONDITION:
          reader.readBytes();
          this.quoteCondition = event.text(reader.start, reader.stop);
          break;
        case QuoteTag.IS_INDICATIVE:
          this.isIndicative = reader.readVarint32() !== 0;
          break;
        default:
          reader.skip(tag);
      }
    }
  }
}
