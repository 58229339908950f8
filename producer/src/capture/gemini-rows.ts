import { asEpochNanos } from '@feedmill/core/brand';
import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { parseDecimal } from '@feedmill/core/fixed-point';
import { GEMINI } from '../venues/gemini.ts';
import { type GeminiPair, GeminiTrades } from '../venues/gemini-trades.ts';
import { rejectedEvent } from '../venues/rejection.ts';
import type { CaptureInput, LineMapper } from './capture-format.ts';
import type { CaptureProblems } from './capture-problems.ts';

const HEADER = 'time_seconds,price,size,is_buyer_maker';
const COLUMNS = 4;

/** Rows of `time_seconds,price,size,is_buyer_maker`, each file under its header. */
export class GeminiRows implements LineMapper {
  readonly feed: FeedSymbol = GEMINI.feed;
  readonly #problems: CaptureProblems;
  readonly #trades: GeminiTrades;
  #latest = 0n;

  constructor(input: CaptureInput, problems: CaptureProblems) {
    this.#problems = problems;
    const pair = geminiSymbol(input);
    if (typeof pair === 'string') throw new TypeError(pair);
    this.#trades = new GeminiTrades(pair);
  }

  map(line: string): readonly FeedEvent[] {
    if (line === HEADER) return [];
    const columns = line.split(',');
    const [seconds, price, size, isBuyerMaker] = columns;
    const isMaker = isBuyerMaker === '1';
    try {
      if (columns.length !== COLUMNS || (!isMaker && isBuyerMaker !== '0')) throw new RangeError();
      // A decimal of seconds times 1e9 is the time in nanoseconds, exactly.
      const tsEvent = asEpochNanos(BigInt(parseDecimal(seconds as string)));
      this.#latest = tsEvent;
      return this.#trades.trade(
        tsEvent,
        parseDecimal(price as string),
        parseDecimal(size as string),
        isMaker,
      );
    } catch {
      const detail = `'${line.slice(0, 48)}' is no row of ${HEADER}`;
      this.#problems.count('bad_field', detail);
      const at = { symbol: this.feed, tsRecv: this.#latest };
      return [rejectedEvent(at, 'bad_field', detail, line)];
    }
  }
}

/** The pair of a capture, or what is wrong as the second half of a sentence. */
export function geminiSymbol(input: CaptureInput): GeminiPair | string {
  const given = input.options['symbol'];
  if (given !== undefined) {
    const pair = /^([A-Za-z0-9]+)-([A-Za-z0-9]+)$/.exec(given);
    if (pair === null) return `symbol is '${given}'; write BASE-QUOTE, e.g. symbol=ETH-USD`;
    return pairOf(pair);
  }
  let found: GeminiPair | undefined;
  for (const path of input.paths) {
    const named = /gemini__([A-Za-z0-9]+)-([A-Za-z0-9]+)__[^\\/]*$/.exec(path);
    if (named === null) {
      return `the file name '${path}' does not say which pair it holds; add symbol=BASE-QUOTE`;
    }
    const pair = pairOf(named);
    if (found !== undefined && (pair.base !== found.base || pair.quote !== found.quote)) {
      return (
        `the files hold ${found.base}-${found.quote} and ${pair.base}-${pair.quote}; ` +
        'make each pair a source of its own'
      );
    }
    found = pair;
  }
  return found ?? 'a path is missing';
}

function pairOf(match: RegExpExecArray): GeminiPair {
  return {
    base: (match[1] as string).toUpperCase(),
    quote: (match[2] as string).toUpperCase(),
  };
}
