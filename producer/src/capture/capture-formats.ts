import { BinanceLines } from './binance-lines.ts';
import type { CaptureFormat } from './capture-format.ts';
import { cryptofeedEvents, cryptofeedFiles, cryptofeedVenue } from './cryptofeed-sessions.ts';
import { dbnEvents } from './dbn/dbn-events.ts';
import { GeminiRows, geminiSymbol } from './gemini-rows.ts';
import { lineEvents } from './line-events.ts';
import { NewsRows, newsOptions } from './news-rows.ts';

/** Every format that `capture:` can read. */
export const CAPTURE_FORMATS: readonly CaptureFormat[] = [
  {
    name: 'binance',
    meaning: 'Binance spot, USD-M and COIN-M streams; lines of `<receive time, ns> <raw JSON>`',
    parameters: [],
    example: 'capture:binance:btcusdt_20240808.gz,btcusdt_20240809.gz?speed=0',
    check: () => undefined,
    read: (input, context) => lineEvents(input.paths, new BinanceLines(context.problems), context),
  },
  {
    name: 'cryptofeed',
    meaning: "sessions of a venue as cryptofeed's recorder writes them: websockets and REST",
    parameters: [
      {
        name: 'venue',
        meaning: 'the venue whose session it is',
        defaultText: 'from a file name VENUE.ws.…',
      },
    ],
    example: 'capture:cryptofeed:recordings/COINBASE?speed=0',
    check: (input) => {
      const venue = cryptofeedVenue(input);
      return typeof venue === 'string' ? venue : undefined;
    },
    expand: cryptofeedFiles,
    read: cryptofeedEvents,
  },
  {
    name: 'dbn',
    meaning: "Databento's DBN: mbo, trades, tbbo, mbp, bbo, cmbp, ohlcv, status, definition",
    parameters: [],
    example: 'capture:dbn:glbx-mdp3.trades.dbn.zst?speed=0',
    check: () => undefined,
    read: dbnEvents,
  },
  {
    name: 'gemini-csv',
    meaning: 'Gemini trades; rows of `time_seconds,price,size,is_buyer_maker`',
    parameters: [
      {
        name: 'symbol',
        meaning: 'the pair that the rows trade, as BASE-QUOTE',
        defaultText: 'from a file name gemini__BASE-QUOTE__…',
      },
    ],
    example: 'capture:gemini-csv:gemini__eth-usd__2021-07-01__trade.csv?speed=50',
    check: (input) => {
      const symbol = geminiSymbol(input);
      return typeof symbol === 'string' ? symbol : undefined;
    },
    read: (input, context) =>
      lineEvents(input.paths, new GeminiRows(input, context.problems), context),
  },
  {
    name: 'news-csv',
    meaning: 'headlines; rows of CSV under a header with a column headline or title',
    parameters: [
      {
        name: 'source',
        meaning: 'who published them, where no column says it',
        defaultText: 'the file name',
      },
      {
        name: 'start',
        meaning: 'time of the first row of a file without times, ISO 8601',
        defaultText: '2000-01-01T00:00:00Z',
      },
      {
        name: 'interval',
        meaning: 'time between the rows of a file without times, in milliseconds',
        defaultText: '1000',
      },
    ],
    example: 'capture:news-csv:headlines.csv?speed=0',
    check: (input) => {
      const options = newsOptions(input);
      return typeof options === 'string' ? options : undefined;
    },
    read: (input, context) =>
      lineEvents(input.paths, new NewsRows(input, context.problems), context),
  },
];

export function captureFormat(name: string): CaptureFormat | undefined {
  return CAPTURE_FORMATS.find((each) => each.name === name);
}

export function captureFormatNames(): readonly string[] {
  return CAPTURE_FORMATS.map((each) => each.name);
}
