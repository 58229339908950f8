// Sends the fills of a trading desk to Feedmill with the SDK.
//
//   node docs/examples/push-with-sdk.ts 127.0.0.1:7400 [producer]
//
// The address is that of any worker (`feedmill status` prints them), the producer one that was
// declared with --source push:NAME. Run it twice: the second run finds everything there already.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import { parseDecimal } from '@feedmill/core/fixed-point';
import { nodeProducer } from '@feedmill/producer/sdk/adapters/node-producer';
import {
  AggressorSide,
  InstrumentClass,
  SequenceKind,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';

const [worker = '127.0.0.1:7400', producerName = 'my-desk'] = process.argv.slice(2);

// A number of your own for this feed, from 10000 on; it is stored with every row.
const apple: FeedSymbol = { publisherId: 10_000, venue: 'XNAS', rawSymbol: 'AAPL' };
const now = systemClock().wallNanos();

/** What the symbol means. It comes once, before the first event of the symbol. */
const definition: FeedEvent = {
  symbol: apple,
  tsEvent: now,
  tsEventSource: TsEventSource.VENUE,
  tsRecv: now,
  body: {
    case: 'definition',
    value: {
      instrument: 'AAPL.XNAS',
      instrumentClass: InstrumentClass.EQUITY,
      base: 'AAPL',
      quote: 'USD',
    },
  },
};

/** The desk numbers its fills from 1 without holes, so Feedmill can tell when one is missing. */
function fill(number: number, price: string, size: string): FeedEvent {
  const time = now + BigInt(number) * 1_000_000n;
  return {
    symbol: apple,
    tsEvent: time,
    tsEventSource: TsEventSource.VENUE,
    tsRecv: time,
    sequenceKind: SequenceKind.DENSE,
    sequence: number,
    body: {
      case: 'trade',
      value: {
        price: parseDecimal(price),
        size: parseDecimal(size),
        aggressorSide: AggressorSide.BUY,
        tradeId: `fill-${number}`,
      },
    },
  };
}

/** Event number N of the stream is element N - 1, in every run. */
const stream = [
  definition,
  fill(1, '227.51', '100'),
  fill(2, '227.515', '50'),
  fill(3, '227.50', '0.25'),
];

const producer = nodeProducer({
  producer: producerName,
  locate: { workers: [worker] },
  incarnationFile: path.join(tmpdir(), `${producerName}.incarnation`),
});
try {
  const { resumeAfter, shard } = await producer.connect();
  const rest = stream.slice(resumeAfter);
  await producer.publish(rest);
  await producer.flushCommitted();
  const { committedThrough } = producer.stats();
  process.stdout.write(
    `${rest.length} events sent to shard ${shard}; ${committedThrough} are in Postgres.\n`,
  );
} finally {
  await producer.close();
}
