import { create, toBinary } from '@bufbuild/protobuf';
import type { Int64 } from '@feedmill/core/event';
import type { BarQuality, GapCause, GapRepair } from '@feedmill/proto/feedmill/v1/event_pb';
import {
  CommittedBarSchema,
  CommittedCbboSchema,
  CommittedDeadLetterSchema,
  CommittedGapSchema,
  CommittedSignalSchema,
  type SignalKind,
  type SubscribeDerivedResponse,
  SubscribeDerivedResponseSchema,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type {
  BarRow,
  CbboRow,
  DeadLetterRow,
  GapRow,
  SignalRow,
} from '@feedmill/store/shard-session/commit-batch';
import { refusals } from '../ingest/refusal.ts';
import type { WorkerLimits } from '../limits.ts';
import type { RowBatch } from '../sink/row-batch.ts';
import type { LiveCall, LiveStream } from './live-call.ts';
import { liveRefusals } from './live-refusals.ts';
import { pairQuoteOf } from './pair-quote.ts';

export interface DerivedHubOptions {
  readonly committedPosition: () => number;
  readonly nameOf: (producerId: bigint) => string;
  readonly limits: WorkerLimits;
}

interface Reader {
  readonly call: LiveCall;
  isWritable: boolean;
  leftOutRows: number;
}

type CommittedRows = Pick<
  RowBatch,
  'bars' | 'gaps' | 'cbbos' | 'signals' | 'deadLetters' | 'fromPosition' | 'toPosition'
>;

type Rows = Pick<SubscribeDerivedResponse, 'bars' | 'gaps' | 'cbbos' | 'signals' | 'deadLetters'>;

/**
 * Tells readers what a transaction committed beside the events. Nothing is done while there are
 * none, and a slow one gets a count: the rows are in the tables.
 */
export class DerivedHub {
  readonly #options: DerivedHubOptions;
  readonly #readers = new Set<Reader>();
  #isEnding = false;

  constructor(options: DerivedHubOptions) {
    this.#options = options;
  }

  get subscriberCount(): number {
    return this.#readers.size;
  }

  /** Lets a reader in; undefined where its call was refused. */
  subscribe(call: LiveCall): LiveStream | undefined {
    const { liveSubscribersMax } = this.#options.limits;
    if (this.#isEnding || this.#readers.size >= liveSubscribersMax) {
      call.refuse(this.#isEnding ? refusals.draining() : liveRefusals.tooMany(liveSubscribersMax));
      return undefined;
    }
    const reader: Reader = { call, isWritable: true, leftOutRows: 0 };
    this.#readers.add(reader);
    this.#tellPosition(reader);
    return {
      onWritable: () => {
        reader.isWritable = true;
        if (reader.leftOutRows > 0) this.#tellPosition(reader);
      },
      onClosed: () => {
        this.#readers.delete(reader);
      },
    };
  }

  /** A transaction is done; its rows are valid during the call. */
  onCommitted(batch: CommittedRows): void {
    if (this.#readers.size === 0) return;
    const { bars, gaps, cbbos, signals, deadLetters, fromPosition, toPosition } = batch;
    const size = this.#options.limits.derivedRowsMax;
    const most = Math.max(
      bars.length,
      gaps.length,
      cbbos.length,
      signals.length,
      deadLetters.length,
      1,
    );
    for (let at = 0; at < most; at += size) {
      const rows = this.#portion(batch, at, at + size);
      this.#send(rows, at + size < most ? fromPosition : toPosition);
    }
  }

  /** Ends all streams, as the worker stops. */
  end(): void {
    this.#isEnding = true;
    for (const { call } of this.#readers) call.refuse(refusals.draining());
    this.#readers.clear();
  }

  #portion(rows: CommittedRows, from: number, to: number): Rows {
    const { bars, gaps, cbbos, signals, deadLetters } = rows;
    const { nameOf } = this.#options;
    return {
      bars: bars.slice(from, to).map((row) => committedBar(row, nameOf(row.producerId))),
      gaps: gaps.slice(from, to).map((row) => committedGap(row, nameOf(row.producerId))),
      cbbos: cbbos.slice(from, to).map(committedCbbo),
      signals: signals.slice(from, to).map((row) => committedSignal(row, nameOf(row.producerId))),
      deadLetters: deadLetters
        .slice(from, to)
        .map((row) => committedDeadLetter(row, nameOf(row.producerId))),
    };
  }

  #send(rows: Rows, position: number): void {
    const { bars, gaps, cbbos, signals, deadLetters } = rows;
    const count = bars.length + gaps.length + cbbos.length + signals.length + deadLetters.length;
    let response: Buffer | undefined;
    for (const reader of this.#readers) {
      if (!reader.isWritable) {
        reader.leftOutRows += count;
        continue;
      }
      if (reader.leftOutRows > 0) this.#tellPosition(reader);
      response ??= encode({ ...rows, committedPosition: BigInt(position) });
      reader.isWritable = reader.call.send(response);
    }
  }

  #tellPosition(reader: Reader): void {
    if (!reader.isWritable) return;
    const conflatedRows = BigInt(reader.leftOutRows);
    reader.leftOutRows = 0;
    const committedPosition = BigInt(this.#options.committedPosition());
    reader.isWritable = reader.call.send(encode({ committedPosition, conflatedRows }));
  }
}

function encode(fields: Partial<Omit<SubscribeDerivedResponse, '$typeName'>>): Buffer {
  return Buffer.from(
    toBinary(SubscribeDerivedResponseSchema, create(SubscribeDerivedResponseSchema, fields)),
  );
}

const int64 = (value: Int64): bigint => BigInt(value);
const unsigned = (value: Int64): bigint => BigInt.asUintN(64, BigInt(value));

function committedBar(row: BarRow, producer: string) {
  return create(CommittedBarSchema, {
    instrumentId: row.instrumentId,
    producer,
    stepMs: BigInt(row.stepMs),
    tsEvent: row.tsEvent,
    open: int64(row.open),
    high: int64(row.high),
    low: int64(row.low),
    close: int64(row.close),
    vwap: int64(row.vwap),
    volume: String(row.volume),
    buyVolume: String(row.buyVolume),
    sellVolume: String(row.sellVolume),
    notional: String(row.notional),
    tradeCount: BigInt(row.tradeCount),
    firstSequence: BigInt(row.firstSequence),
    lastSequence: BigInt(row.lastSequence),
    revision: row.revision,
    quality: row.quality as BarQuality,
    isFinal: row.isFinal,
    tsInit: row.tsInit,
  });
}

function committedGap(row: GapRow, producer: string) {
  return create(CommittedGapSchema, {
    instrumentId: row.instrumentId,
    producer,
    firstMissing: unsigned(row.firstMissing),
    lastMissing: unsigned(row.lastMissing),
    missingCount: unsigned(row.missingCount),
    repairedCount: unsigned(row.repairedCount),
    cause: row.cause as GapCause,
    repairedBy: row.repairedBy as GapRepair,
    tsDetected: row.tsDetected,
    tsRepaired: row.tsRepaired ?? 0n,
    producerSequence: BigInt(row.producerSequence),
    channelId: row.channelId,
    epoch: row.epoch,
    sessionId: row.sessionId,
    isReported: row.isReported,
  });
}

function committedCbbo({ cbbo, tsEvent, tsInit, position, rowIndex }: CbboRow) {
  return create(CommittedCbboSchema, {
    pairQuote: pairQuoteOf(cbbo),
    tsEvent,
    tsInit,
    position: BigInt(position),
    rowIndex,
  });
}

function committedSignal(row: SignalRow, producer: string) {
  return create(CommittedSignalSchema, {
    instrumentId: row.instrumentId,
    producer,
    rule: row.rule,
    kind: row.kind as SignalKind,
    value: row.value,
    base: row.base,
    threshold: row.threshold,
    windowMs: BigInt(row.windowMs),
    tsEvent: row.tsEvent,
    tsInit: row.tsInit,
    position: BigInt(row.position),
    rowIndex: row.rowIndex,
    alertId: row.alert?.id ?? '',
  });
}

function committedDeadLetter(row: DeadLetterRow, producer: string) {
  return create(CommittedDeadLetterSchema, {
    instrumentId: row.instrumentId,
    producer,
    producerSequence: BigInt(row.producerSequence),
    reason: row.reason,
    message: row.message,
    tsInit: row.tsInit,
  });
}
