import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import { asEpoch, asSequence } from '@feedmill/core/brand';
import {
  type Batch,
  type Hello,
  PublishRequestSchema,
} from '@feedmill/proto/feedmill/v1/ingest_pb';
import type {
  IngestStatus,
  IngestStream,
  IngestStreamListener,
  IngestTransport,
  LocateAnswer,
} from '../ingest-transport.ts';

export interface WelcomeFields {
  readonly resumeAfter?: number;
  readonly committedThrough?: number;
  readonly shard?: number;
  readonly epoch?: number;
  readonly batchBytesMax?: number;
  readonly bytesInFlightMax?: number;
}

/** One stream as the worker sees it; a test says what the worker does. */
export class ScriptedStream implements IngestStream {
  readonly address: string;
  readonly batches: Batch[] = [];
  hello: Hello | undefined;
  /** What `send` returns: whether the stream takes more. */
  writable = true;
  cancelled = false;
  finished = false;
  readonly #listener: IngestStreamListener;

  constructor(address: string, listener: IngestStreamListener) {
    this.address = address;
    this.#listener = listener;
  }

  send(bytes: Buffer): boolean {
    assert(!this.cancelled, 'sent on a stream that was cancelled');
    const { request } = fromBinary(PublishRequestSchema, bytes);
    if (request.case === 'hello') this.hello = request.value;
    if (request.case === 'batch') this.batches.push(request.value);
    return this.writable;
  }

  finish(): void {
    this.finished = true;
  }

  cancel(): void {
    this.cancelled = true;
  }

  /** Batches as `first+count`, in the order they came. */
  get ranges(): string[] {
    return this.batches.map((batch) => `${batch.firstSequence}+${batch.events.length}`);
  }

  welcome(fields: WelcomeFields = {}): void {
    this.#listener.onMessage({
      kind: 'welcome',
      resumeAfter: asSequence(fields.resumeAfter ?? 0),
      committedThrough: asSequence(fields.committedThrough ?? 0),
      shard: fields.shard ?? 0,
      epoch: asEpoch(fields.epoch ?? 1),
      batchBytesMax: fields.batchBytesMax ?? 4 << 20,
      bytesInFlightMax: fields.bytesInFlightMax ?? 8 << 20,
    });
  }

  ack(durable: number, committed = 0): void {
    this.#listener.onMessage({
      kind: 'ack',
      durableThrough: asSequence(durable),
      committedThrough: asSequence(committed),
    });
  }

  nack(expected: number): void {
    const expectedSequence = asSequence(expected);
    this.#listener.onMessage({ kind: 'nack', expectedSequence, reason: 'a gap' });
  }

  drain(): void {
    this.writable = true;
    this.#listener.onWritable();
  }

  end(status: IngestStatus): void {
    this.#listener.onEnd(status);
  }
}

/** A network of workers whose answers a test scripts. */
export class ScriptedTransport implements IngestTransport {
  readonly streams: ScriptedStream[] = [];
  readonly located: string[] = [];
  /** Answer of each address to Locate; the default is shard 0 at the address itself. */
  readonly answers = new Map<string, LocateAnswer | 'never'>();

  get last(): ScriptedStream {
    const stream = this.streams.at(-1);
    assert(stream !== undefined, 'no stream was opened');
    return stream;
  }

  locate(address: string): Promise<LocateAnswer> {
    this.located.push(address);
    const answer = this.answers.get(address) ?? { kind: 'located', shard: 0, address };
    return answer === 'never' ? new Promise(() => undefined) : Promise.resolve(answer);
  }

  open(address: string, listener: IngestStreamListener): IngestStream {
    const stream = new ScriptedStream(address, listener);
    this.streams.push(stream);
    return stream;
  }
}
