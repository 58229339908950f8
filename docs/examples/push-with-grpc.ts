// The same as push-with-sdk.ts with nothing but gRPC and the contracts in proto/: the whole
// conversation that a client in any language has to hold.
//
//   node docs/examples/push-with-grpc.ts 127.0.0.1:7400 [producer]
import type { MessageInitShape } from '@bufbuild/protobuf';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import {
  AggressorSide,
  type EventSchema,
  InstrumentClass,
  SequenceKind,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';
import {
  IngestService,
  type LocateResponse,
  LocatorService,
  type PublishRequestSchema,
  type PublishResponse,
} from '@feedmill/proto/feedmill/v1/ingest_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  makeGenericClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';

type Request = MessageInitShape<typeof PublishRequestSchema>;

const [anyWorker = '127.0.0.1:7400', producer = 'my-desk'] = process.argv.slice(2);
const clock = systemClock();
const now = clock.wallNanos();

// Prices and sizes are integers of 1e-9: 227.51 is 227510000000.
const event = (nanos: bigint, rest: MessageInitShape<typeof EventSchema>) => ({
  symbol: 0, // the batch's first symbol
  tsEvent: nanos,
  tsEventSource: TsEventSource.VENUE,
  tsRecv: nanos,
  ...rest,
});
const fill = (number: bigint, price: bigint, size: bigint) =>
  event(now + number * 1_000_000n, {
    sequenceKind: SequenceKind.DENSE,
    sequence: number,
    body: {
      case: 'trade',
      value: { price, size, aggressorSide: AggressorSide.BUY, tradeId: `fill-${number}` },
    },
  });
const stream = [
  event(now, {
    body: {
      case: 'definition',
      value: { instrument: 'AAPL.XNAS', instrumentClass: InstrumentClass.EQUITY },
    },
  }),
  fill(1n, 227_510_000_000n, 100_000_000_000n),
  fill(2n, 227_515_000_000n, 50_000_000_000n),
  fill(3n, 227_500_000_000n, 250_000_000n),
];

/** Any worker knows which one the producer is bound to. */
function locate(): Promise<LocateResponse> {
  const service = grpcServiceDefinition(LocatorService);
  const method = service['locate'];
  if (method === undefined) throw new Error('LocatorService has no method Locate');
  const client = new Client(anyWorker, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize as (bytes: Buffer) => LocateResponse,
      { producer },
      (error: ServiceError | null, response) => {
        client.close();
        if (error === null && response !== undefined) resolve(response);
        else reject(error ?? new Error('Locate ended without an answer'));
      },
    );
  });
}

/** Hello up, Welcome down, then batches up and acknowledgements down. */
function publish(address: string): Promise<{ sent: number; committed: bigint }> {
  const Ingest = makeGenericClientConstructor(grpcServiceDefinition(IngestService), 'Ingest');
  const client = new Ingest(address, credentials.createInsecure());
  const open = client['publish'] as () => ClientDuplexStream<Request, PublishResponse>;
  const call = open.call(client);
  let sent = 0;
  const sendFrom = (sequence: bigint): void => {
    const events = stream.slice(Number(sequence) - 1);
    sent = events.length;
    if (events.length === 0) return;
    const symbols = [{ publisherId: 10_000, venue: 'XNAS', rawSymbol: 'AAPL' }];
    call.write({
      request: { case: 'batch', value: { firstSequence: sequence, symbols, events } },
    });
  };
  return new Promise((resolve, reject) => {
    call.on('error', reject);
    call.on('data', ({ response }: PublishResponse) => {
      if (response.case === 'welcome') sendFrom(response.value.resumeAfter + 1n);
      // A hole in our numbers: the worker says where to begin again, on the same stream.
      if (response.case === 'nack') sendFrom(response.value.expectedSequence);
      if (response.case !== 'ack') return;
      const { committedThrough: committed } = response.value;
      if (committed < BigInt(stream.length)) return;
      call.end();
      client.close();
      resolve({ sent, committed });
    });
    // It has to rise with every start that no longer holds what was not acknowledged.
    const incarnation = now / 1_000_000n;
    call.write({ request: { case: 'hello', value: { producer, incarnation } } });
  });
}

const { address, shard } = await locate();
const { sent, committed } = await publish(address);
process.stdout.write(`${sent} events sent to shard ${shard}; ${committed} are in Postgres.\n`);
