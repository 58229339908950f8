import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { BINANCE } from '../venues/binance.ts';
import { FeedLines } from '../venues/feed-lines.ts';
import { rejectedEvent } from '../venues/rejection.ts';
import type { LineMapper } from './capture-format.ts';
import type { CaptureProblems } from './capture-problems.ts';

// 2^63 ns is in the year 2262; a longer number is no time.
const RECEIVE_TIME = /^[0-9]{1,19}$/;
const INT64_MAX = 9_223_372_036_854_775_807n;
const LINE = 0;

/** Lines of `<local receive time, ns> <raw JSON>`, as hftbacktest's collector writes them. */
export class BinanceLines implements LineMapper {
  readonly feed: FeedSymbol = BINANCE.feed;
  readonly #problems: CaptureProblems;
  readonly #lines: FeedLines;
  #latest = 0n;

  constructor(problems: CaptureProblems) {
    this.#problems = problems;
    this.#lines = new FeedLines(BINANCE, problems, { isRedundant: false });
    this.#lines.open(LINE, { id: '', url: '' });
  }

  map(line: string): readonly FeedEvent[] {
    const space = line.indexOf(' ');
    const stamp = space < 0 ? line : line.slice(0, space);
    const tsRecv = RECEIVE_TIME.test(stamp) ? BigInt(stamp) : INT64_MAX + 1n;
    if (tsRecv > INT64_MAX) {
      const detail = `'${stamp.slice(0, 24)}' is no receive time in nanoseconds`;
      this.#problems.count('malformed', detail);
      return [
        rejectedEvent({ symbol: this.feed, tsRecv: this.#latest }, 'malformed', detail, line),
      ];
    }
    this.#latest = tsRecv;
    return this.#lines.message(LINE, line.slice(stamp.length + 1), tsRecv);
  }
}
