import { asEpochNanos } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import { BinanceMapper } from '../venues/binance.ts';
import type { LineMapper } from './capture-format.ts';
import type { CaptureProblems } from './capture-problems.ts';

// 2^63 ns is in the year 2262; a longer number is no time.
const RECEIVE_TIME = /^[0-9]{1,19}$/;

/** Lines of `<local receive time, ns> <raw JSON>`, as hftbacktest's collector writes them. */
export class BinanceLines implements LineMapper {
  readonly #problems: CaptureProblems;
  readonly #mapper: BinanceMapper;

  constructor(problems: CaptureProblems) {
    this.#problems = problems;
    this.#mapper = new BinanceMapper(problems);
  }

  map(line: string): readonly FeedEvent[] {
    const space = line.indexOf(' ');
    const stamp = space < 0 ? line : line.slice(0, space);
    if (!RECEIVE_TIME.test(stamp)) {
      this.#problems.count(
        'no_receive_time',
        `'${stamp.slice(0, 24)}' is no receive time in nanoseconds`,
      );
      return [];
    }
    return this.#mapper.map(line.slice(stamp.length + 1), asEpochNanos(BigInt(stamp)));
  }
}
