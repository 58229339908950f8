import { CopyBuffer } from '../copy/copy-buffer.ts';
import {
  boolArray,
  int4Array,
  int8Array,
  nullableInt8Array,
  nullableNumericArray,
  nullableTextArray,
  numericArray,
  textArray,
  withoutNul,
} from './array-literal.ts';
import type {
  AlertOutcome,
  BarRow,
  CbboRow,
  CommitBatch,
  DeadLetterRow,
  GapRow,
  InstrumentRow,
  ProducerProgress,
  ProducerStateRow,
  ReferenceRow,
  SignalRow,
  SymbolRow,
} from './commit-batch.ts';
import { DEAD_LETTER_MESSAGE_CHARS_MAX, DEAD_LETTER_RAW_BYTES_MAX } from './limits.ts';
import type { PipelineStep } from './pipeline.ts';
import {
  ADVANCE_PRODUCERS,
  ADVANCE_SHARD,
  COMMIT,
  COPY_ALERTS,
  COPY_CBBOS,
  COPY_DEAD_LETTERS,
  COPY_SIGNALS,
  INSERT_REFERENCE,
  SETTLE_ALERTS,
  UPSERT_BARS,
  UPSERT_GAPS,
  UPSERT_INSTRUMENTS,
  UPSERT_STATE,
  UPSERT_SYMBOLS,
} from './statements.ts';

/** Who commits. */
export interface Holder {
  readonly shard: number;
  readonly epoch: number;
}

/**
 * The statements of a batch after its event rows, up to the commit. The fence stands last: the
 * shard's row is locked for the shortest time.
 */
export function stepsAfterCopies(batch: CommitBatch, holder: Holder): PipelineStep[] {
  const steps: PipelineStep[] = [];
  if (batch.deadLetters.length > 0) steps.push(deadLetterStep(batch.deadLetters, holder));
  if (batch.cbbos.length > 0) steps.push(cbboStep(batch.cbbos, holder));
  if (batch.signals.length > 0) steps.push(...signalSteps(batch.signals, holder));
  if (batch.alertOutcomes.length > 0) steps.push(alertOutcomeStep(batch.alertOutcomes));
  for (const reference of batch.references) steps.push(referenceStep(reference));
  if (batch.instruments.length > 0) steps.push(instrumentStep(batch.instruments));
  if (batch.symbols.length > 0) steps.push(symbolStep(batch.symbols));
  if (batch.bars.length > 0) steps.push(barStep(batch.bars));
  if (batch.gaps.length > 0) steps.push(gapStep(batch.gaps));
  for (const state of batch.states) steps.push(stateStep(state, holder));
  if (batch.producers.length > 0) steps.push(producerStep(batch.producers, holder));
  const { shard, epoch } = holder;
  steps.push({
    statement: ADVANCE_SHARD.name,
    values: [String(shard), String(epoch), String(batch.fromPosition), String(batch.toPosition)],
  });
  steps.push({ statement: COMMIT.name, values: [] });
  return steps;
}

function deadLetterStep(rows: readonly DeadLetterRow[], { shard }: Holder): PipelineStep {
  const copy = new CopyBuffer();
  for (const row of rows) {
    copy.beginRow(9);
    copy.int64FromBigint(row.producerId);
    copy.int64FromNumber(row.producerSequence);
    copy.int64FromBigint(row.instrumentId);
    copy.int64FromBigint(row.tsInit);
    copy.int64FromNumber(row.position);
    copy.int32(shard);
    copy.text(withoutNul(row.reason));
    copy.text(withoutNul(row.message.slice(0, DEAD_LETTER_MESSAGE_CHARS_MAX)));
    const { raw } = row;
    if (raw === undefined) copy.nullField();
    else copy.bytes(raw, 0, Math.min(raw.length, DEAD_LETTER_RAW_BYTES_MAX));
  }
  return { statement: COPY_DEAD_LETTERS.name, values: [], copyData: copy.finish() };
}

function cbboStep(rows: readonly CbboRow[], { shard }: Holder): PipelineStep {
  const copy = new CopyBuffer();
  for (const { cbbo, tsInit, tsEvent, position, rowIndex } of rows) {
    copy.beginRow(19);
    copy.int64FromBigint(cbbo.pair.id);
    copy.int64FromBigint(tsInit);
    copy.int64FromNumber(position);
    copy.int32(rowIndex);
    copy.int32(shard);
    copy.int64FromBigint(tsEvent);
    copy.int64FromBigint(BigInt(cbbo.bidPx));
    copy.int64FromBigint(BigInt(cbbo.bidSz));
    copy.int64FromBigint(cbbo.bidInstrumentId);
    copy.int64FromBigint(BigInt(cbbo.askPx));
    copy.int64FromBigint(BigInt(cbbo.askSz));
    copy.int64FromBigint(cbbo.askInstrumentId);
    copy.int64FromBigint(cbbo.oldestTsRecv);
    copy.int32(cbbo.bidPublisherId);
    copy.int32(cbbo.askPublisherId);
    copy.int32(cbbo.venuesLive);
    copy.int32(cbbo.venuesStale);
    copy.int32(cbbo.supersededQuotes);
    copy.int16(cbbo.state);
  }
  return { statement: COPY_CBBOS.name, values: [], copyData: copy.finish() };
}

function signalSteps(rows: readonly SignalRow[], { shard }: Holder): PipelineStep[] {
  const signals = new CopyBuffer();
  const alerts = new CopyBuffer();
  const writeFigures = (copy: CopyBuffer, row: SignalRow): void => {
    copy.int64FromBigint(row.instrumentId);
    copy.int64FromBigint(row.tsInit);
    copy.int64FromNumber(row.position);
    copy.int32(row.rowIndex);
    copy.int32(shard);
    copy.int64FromBigint(row.producerId);
    copy.int64FromBigint(row.tsEvent);
    copy.float64(row.value);
    copy.float64(row.base);
    copy.float64(row.threshold);
    copy.int64FromNumber(row.windowMs);
    copy.int16(row.kind);
  };
  for (const row of rows) {
    const { alert } = row;
    signals.beginRow(14);
    writeFigures(signals, row);
    signals.bool(alert !== undefined);
    signals.text(row.rule);
    if (alert === undefined) continue;
    alerts.beginRow(17);
    alerts.text(alert.id);
    writeFigures(alerts, row);
    alerts.int16(alert.state);
    alerts.text(row.rule);
    alerts.int32(0);
    alerts.int64FromNumber(0);
  }
  const steps: PipelineStep[] = [
    { statement: COPY_SIGNALS.name, values: [], copyData: signals.finish() },
  ];
  if (alerts.rowCount > 0) {
    steps.push({ statement: COPY_ALERTS.name, values: [], copyData: alerts.finish() });
  }
  return steps;
}

function alertOutcomeStep(given: readonly AlertOutcome[]): PipelineStep {
  const rows = lastByKey(given, ({ alertId }) => alertId);
  return {
    statement: SETTLE_ALERTS.name,
    values: [
      textArray(rows.map((row) => row.alertId)),
      int4Array(rows.map((row) => row.state)),
      int4Array(rows.map((row) => row.attempts)),
      int8Array(rows.map((row) => row.tsSettled)),
      nullableTextArray(rows.map((row) => row.lastError)),
    ],
  };
}

/** In the order of the ids: two shards that write the same instruments cannot deadlock. */
function instrumentStep(given: readonly InstrumentRow[]): PipelineStep {
  const rows = lastByKey(given, (row) => String(row.instrumentId)).sort((a, b) =>
    a.instrumentId < b.instrumentId ? -1 : 1,
  );
  return {
    statement: UPSERT_INSTRUMENTS.name,
    values: [
      int8Array(rows.map((row) => row.instrumentId)),
      int8Array(rows.map((row) => row.minPriceIncrement)),
      int8Array(rows.map((row) => row.lotSize)),
      int8Array(rows.map((row) => row.multiplier)),
      int8Array(rows.map((row) => row.expiration)),
      int8Array(rows.map((row) => row.strikePrice)),
      int8Array(rows.map((row) => row.validFrom)),
      int8Array(rows.map((row) => row.validTo)),
      int4Array(rows.map((row) => row.publisherId)),
      int4Array(rows.map((row) => row.instrumentClass)),
      boolArray(rows.map((row) => row.allowsNegativePrice)),
      textArray(rows.map((row) => row.name)),
      textArray(rows.map((row) => row.venue)),
      textArray(rows.map((row) => row.rawSymbol)),
      nullableTextArray(rows.map((row) => row.base)),
      nullableTextArray(rows.map((row) => row.quote)),
      nullableTextArray(rows.map((row) => row.isin)),
      nullableTextArray(rows.map((row) => row.figi)),
      nullableInt8Array(rows.map((row) => row.pair?.id)),
      nullableTextArray(rows.map((row) => row.pair?.name ?? '')),
    ],
  };
}

/** In the order of the key, as instruments. */
function symbolStep(given: readonly SymbolRow[]): PipelineStep {
  const keyOf = ({ venue, rawSymbol, publisherId, validFrom }: SymbolRow): string =>
    JSON.stringify([venue, rawSymbol, publisherId, String(validFrom)]);
  const rows = lastByKey(given, keyOf).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    statement: UPSERT_SYMBOLS.name,
    values: [
      int8Array(rows.map((row) => row.instrumentId)),
      int8Array(rows.map((row) => row.validFrom)),
      int8Array(rows.map((row) => row.validTo)),
      int4Array(rows.map((row) => row.publisherId)),
      textArray(rows.map((row) => row.venue)),
      textArray(rows.map((row) => row.rawSymbol)),
    ],
  };
}

function referenceStep(row: ReferenceRow): PipelineStep {
  return {
    statement: INSERT_REFERENCE.name,
    values: [
      String(row.version),
      String(row.tsLoaded),
      row.kind,
      withoutNul(row.source),
      asBuffer(row.content),
    ],
  };
}

function barStep(given: readonly BarRow[]): PipelineStep {
  const rows = lastByKey(
    given,
    (row) => `${row.instrumentId} ${row.stepMs} ${row.tsEvent} ${row.producerId}`,
  );
  return {
    statement: UPSERT_BARS.name,
    values: [
      int8Array(rows.map((row) => row.instrumentId)),
      int8Array(rows.map((row) => row.stepMs)),
      int8Array(rows.map((row) => row.tsEvent)),
      int8Array(rows.map((row) => row.producerId)),
      int8Array(rows.map((row) => row.open)),
      int8Array(rows.map((row) => row.high)),
      int8Array(rows.map((row) => row.low)),
      int8Array(rows.map((row) => row.close)),
      int8Array(rows.map((row) => row.vwap)),
      int8Array(rows.map((row) => row.tradeCount)),
      int8Array(rows.map((row) => row.firstSequence)),
      int8Array(rows.map((row) => row.lastSequence)),
      int8Array(rows.map((row) => row.tsInit)),
      int4Array(rows.map((row) => row.revision)),
      int4Array(rows.map((row) => row.quality)),
      boolArray(rows.map((row) => row.isFinal)),
      numericArray(rows.map((row) => row.volume)),
      numericArray(rows.map((row) => row.buyVolume)),
      numericArray(rows.map((row) => row.sellVolume)),
      numericArray(rows.map((row) => row.notional)),
      nullableInt8Array(rows.map((row) => row.reportingRate)),
      nullableInt8Array(rows.map((row) => row.ratesVersion)),
      nullableNumericArray(rows.map((row) => row.reportingNotional)),
      nullableTextArray(rows.map((row) => row.reportingCurrency)),
    ],
  };
}

function gapStep(given: readonly GapRow[]): PipelineStep {
  const rows = mergedGaps(given);
  return {
    statement: UPSERT_GAPS.name,
    values: [
      int8Array(rows.map((row) => row.producerId)),
      int8Array(rows.map((row) => row.instrumentId)),
      int8Array(rows.map((row) => row.firstMissing)),
      int8Array(rows.map((row) => row.lastMissing)),
      int8Array(rows.map((row) => row.missingCount)),
      int8Array(rows.map((row) => row.repairedCount)),
      int8Array(rows.map((row) => row.tsDetected)),
      nullableInt8Array(rows.map((row) => row.tsRepaired)),
      int8Array(rows.map((row) => row.producerSequence)),
      int4Array(rows.map((row) => row.channelId)),
      int4Array(rows.map((row) => row.epoch)),
      int4Array(rows.map((row) => row.cause)),
      int4Array(rows.map((row) => row.repairedBy)),
      boolArray(rows.map((row) => row.isReported)),
      textArray(rows.map((row) => row.sessionId)),
    ],
  };
}

function stateStep(row: ProducerStateRow, { shard }: Holder): PipelineStep {
  return {
    statement: UPSERT_STATE.name,
    values: [String(row.producerId), String(shard), String(row.position), asBuffer(row.state)],
  };
}

/** A Buffer goes out as it is, anything else as text. */
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

function producerStep(rows: readonly ProducerProgress[], holder: Holder): PipelineStep {
  return {
    statement: ADVANCE_PRODUCERS.name,
    values: [
      String(holder.shard),
      String(holder.epoch),
      int8Array(rows.map((row) => row.producerId)),
      textArray(rows.map((row) => row.name)),
      int8Array(rows.map((row) => row.incarnation)),
      int8Array(rows.map((row) => row.generation)),
      int8Array(rows.map((row) => row.firstSequence)),
      int8Array(rows.map((row) => row.lastSequence)),
      int8Array(rows.map((row) => row.firstPosition)),
      int8Array(rows.map((row) => row.lastPosition)),
      int8Array(rows.map((row) => row.lastTsInit)),
      int8Array(rows.map((row) => row.duplicateEvents)),
      int8Array(rows.map((row) => row.unstoredEvents)),
      int8Array(rows.map((row) => row.deadLetters)),
      int8Array(rows.map((row) => row.gaps)),
    ],
  };
}

/** One statement may touch a row once: of several with the same key the last one stays. */
function lastByKey<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of rows) byKey.set(keyOf(row), row);
  return [...byKey.values()];
}

/** What UPSERT_GAPS would make of them one after the other, so that batches make no difference. */
function mergedGaps(given: readonly GapRow[]): GapRow[] {
  const byKey = new Map<string, GapRow>();
  for (const row of given) {
    const { producerId, instrumentId, channelId, epoch, firstMissing, sessionId } = row;
    const key = [producerId, instrumentId, channelId, epoch, firstMissing, sessionId].join(' ');
    const first = byKey.get(key);
    if (first === undefined) {
      byKey.set(key, row);
    } else {
      const { tsDetected, producerSequence, isReported } = first;
      const cause = row.cause === 0 ? first.cause : row.cause;
      byKey.set(key, { ...row, tsDetected, producerSequence, isReported, cause });
    }
  }
  return [...byKey.values()];
}
