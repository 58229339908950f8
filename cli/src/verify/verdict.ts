import type { ProducerReport, SequenceRange } from '@feedmill/store/verify/verify-store';

/** What is true of one producer, for people and programs. */
export interface ProducerVerdict {
  readonly producer: string;
  readonly shard: number | null;
  /** Last sequence that a worker has acknowledged. */
  readonly acknowledged: number;
  /** Last sequence in Postgres. */
  readonly committed: number;
  /** Acknowledged, safe in the journal, and not committed yet. */
  readonly pending: number;
  /** Committed events without a row, and where. */
  readonly missing: number;
  readonly missingRanges: readonly SequenceRange[];
  /** Rows beyond the first of their event. */
  readonly duplicated: number;
  readonly duplicatedSequences: readonly number[];
  /** Events stored before one with a lower sequence, and breaks in the ledger of epochs. */
  readonly orderBroken: number;
  /** Rows of events that were never committed. */
  readonly unexpected: number;
  readonly ledgerFaults: readonly string[];
  /** Of all its rows but for our own receive times: equal input gives an equal hash. */
  readonly hash: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly ok: boolean;
}

/** @param acknowledged as its worker or its journal says; the journal forgets what is committed */
export function verdictOf(report: ProducerReport, acknowledged: number): ProducerVerdict {
  const { record, committed, tables } = report;
  const known = Math.max(acknowledged, committed);
  return {
    producer: record?.name ?? `unknown (${report.producerId})`,
    shard: record?.shard ?? null,
    acknowledged: known,
    committed,
    pending: known - committed,
    missing: report.missing,
    missingRanges: report.missingRanges,
    duplicated: report.doubled,
    duplicatedSequences: report.doubledSequences,
    orderBroken: report.orderBroken,
    unexpected: report.unexpected,
    ledgerFaults: report.ledgerFaults,
    hash: report.hash,
    rows: Object.fromEntries(Object.entries(tables).map(([table, { rows }]) => [table, rows])),
    ok: report.isSound,
  };
}

/** A producer that has something in a journal and nothing in Postgres yet. */
export function unseenVerdict(producer: string, acknowledged: number): ProducerVerdict {
  const none = { missing: 0, missingRanges: [], duplicated: 0, duplicatedSequences: [] };
  return {
    producer,
    shard: null,
    acknowledged,
    committed: 0,
    pending: acknowledged,
    ...none,
    orderBroken: 0,
    unexpected: 0,
    ledgerFaults: [],
    hash: '0'.repeat(16),
    rows: {},
    ok: true,
  };
}
