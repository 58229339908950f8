import { FeedmillError } from '@feedmill/core/errors';
import { CAPTURE_FORMATS, captureFormat } from '@feedmill/producer/capture/capture-formats';
import { CaptureProblems } from '@feedmill/producer/capture/capture-problems';
import { MemoryFiles } from '@feedmill/producer/capture/testing/memory-files';
import fc from 'fast-check';
import { damaged } from './damaged-bytes.ts';
import type { FuzzTarget } from './fuzz-target.ts';

/** Events beyond one for each byte that was read: a session's beginning and end, for instance. */
const EVENTS_BESIDE = 64;

interface Recording {
  readonly format: string;
  readonly path: string;
  readonly text: string;
}

const NANOS = '1723161254000000000';
/** One sound recording of each format, small; the shapes are those of the venues' documents. */
const RECORDINGS: readonly Recording[] = [
  {
    format: 'binance',
    path: 'a',
    text:
      `${NANOS} {"e":"trade","E":1723161255343,"s":"BTCUSDT","t":1,"p":"1.5","q":"2",` +
      '"T":1723161255000,"m":true,"M":true}\n' +
      `${NANOS} {"e":"depthUpdate","E":1723161255343,"s":"BTCUSDT","U":1,"u":2,` +
      '"b":[["1.4","3"],["1.3","0"]],"a":[["1.6","1"]]}\n' +
      `${NANOS} {"u":9,"s":"BTCUSDT","b":"1.4","B":"3","a":"1.6","A":"1"}\n`,
  },
  {
    format: 'gemini-csv',
    path: 'gemini__BTC-USD__2021-07-01__trade.csv',
    text: 'time_seconds,price,size,is_buyer_maker\n1625097600.5,35000.1,0.02,True\n',
  },
  {
    format: 'news-csv',
    path: 'news.csv',
    text: 'date,headline,url\n2024-08-08,"Profit, and ""growth""",https://a.example/1\n',
  },
  {
    format: 'cryptofeed',
    path: 'COINBASE.ws.1.0',
    text:
      '1625097600.5: {"type":"match","trade_id":1,"sequence":5,"time":"2021-07-01T00:00:00.1Z",' +
      '"product_id":"BTC-USD","size":"0.01","price":"35000.1","side":"sell"}\n',
  },
  { format: 'dbn', path: 'a.dbn', text: 'DBN\u0002\u0040\u0000\u0000\u0000GLBX.MDP3' },
];

const recording = fc
  .constantFrom(...RECORDINGS)
  .chain(({ format, path, text }) =>
    damaged(fc.constant(Buffer.from(text, 'latin1'))).map((bytes) => ({ format, path, bytes })),
  );

/** Whatever is in a file becomes events, bounded by its length, or one named error. */
async function read({ format, path, bytes }: { format: string; path: string; bytes: Buffer }) {
  const found = captureFormat(format);
  if (found === undefined) throw new Error(`there is no format ${format}`);
  const files = new MemoryFiles({ [path]: bytes }, [7, 64, 1]);
  const problems = new CaptureProblems(() => undefined);
  const { signal } = new AbortController();
  let events = 0;
  try {
    const input = { paths: [path], options: {} };
    for await (const chunk of found.read(input, { files, problems, signal })) {
      events += chunk.length;
      if (events > bytes.length + EVENTS_BESIDE) {
        throw new Error(`${bytes.length} bytes became more than ${events} events`);
      }
    }
  } catch (error) {
    if (error instanceof FeedmillError && error.code === 'SOURCE_FAILED') return;
    throw error;
  }
}

export const CAPTURE_TARGET: FuzzTarget = {
  name: 'capture',
  what: `recorded files: ${CAPTURE_FORMATS.map(({ name }) => name).join(', ')}`,
  property: fc.asyncProperty(recording, read),
  corpus: RECORDINGS.map(({ format, path, text }) => ({
    format,
    path,
    bytes: Buffer.from(text, 'latin1'),
  })),
};
