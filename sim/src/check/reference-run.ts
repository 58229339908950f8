import { asEpoch, asPosition, asSequence } from '@feedmill/core/brand';
import { stableId } from '@feedmill/core/stable-id';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { EntryKind, type JournalEntry } from '@feedmill/pod-worker/journal/journal-entry';
import { encodeAdoption } from '@feedmill/pod-worker/process/adoption';
import { ShardProcessor } from '@feedmill/pod-worker/process/shard-processor';
import { RowBatch } from '@feedmill/pod-worker/sink/row-batch';
import { copyStatement as copyText } from '@feedmill/store/copy/tables';
import { stepsAfterCopies } from '@feedmill/store/shard-session/batch-steps';
import { SESSION_STATEMENTS } from '@feedmill/store/shard-session/statements';
import { HASHED_TABLES } from '@feedmill/store/verify/statements';
import { START_WALL_MS } from '../kernel/sim-clock.ts';
import { copyStatement } from '../postgres/copy-statement.ts';
import { LockTable } from '../postgres/lock-table.ts';
import { SimTable } from '../postgres/sim-table.ts';
import { statementOf } from '../postgres/statement-registry.ts';
import { Transaction } from '../postgres/transaction.ts';
import type { PlannedFeed } from '../workload/planned-event.ts';
import type { Outcome } from './outcome.ts';
import { tableDifference } from './table-difference.ts';

const BATCH_EVENTS = 256;
const HOLDER = { shard: 0, epoch: 1 };
/** The transaction is begun and ended here, and nobody else has the shard. */
const LEFT_OUT: ReadonlySet<string> = new Set(['begin', 'advance_shard', 'commit']);
/** When, where and in which batch an event was received is no part of what it says. */
const OWN_COLUMNS: ReadonlySet<string> = new Set(['ts_init', 'position', 'shard', 'raw']);

/** Processes every feed once, in one go, and compares each row that came of it. */
export async function checkAgainstReference(outcome: Outcome): Promise<void> {
  const { findings, feeds, postgres, scheduler } = outcome;
  const tables = new Map(
    [...postgres.tables].map(({ schema }) => [schema.name, new SimTable(schema)]),
  );
  const { storesBooks, allowedLatenessMs } = outcome.options.worker;
  const processor = new ShardProcessor({
    storeBookDeltas: storesBooks,
    allowedLatenessMs,
    sentimentModel: undefined,
  });
  let position = 0;
  for (const feed of feeds) {
    for (const draft of entriesOf(feed)) {
      position += 1;
      const rows = new RowBatch();
      rows.reset(asPosition(position - 1));
      processor.process({ ...draft, position: asPosition(position) }, rows);
      const transaction = new Transaction('reference', new LockTable(scheduler));
      await run(rows, transaction, tables);
      transaction.apply();
    }
  }
  for (const name of HASHED_TABLES) {
    const fault = tableDifference(postgres.table(name), tables.get(name) as SimTable, OWN_COLUMNS);
    if (fault !== undefined) findings.add('reference', fault);
  }
}

function* entriesOf({ producer, events }: PlannedFeed): Generator<JournalEntry> {
  const base = {
    shard: 0,
    epoch: asEpoch(1),
    position: asPosition(0),
    durablePosition: asPosition(0),
    previousHash: 0n,
    producerId: stableId(producer),
    incarnation: 1n,
    skipCount: 0,
    tsInit: BigInt(START_WALL_MS) * 1_000_000n,
  };
  const adoption = { name: producer, lastSequence: 0, incarnation: 1n, state: new Uint8Array(0) };
  yield {
    ...base,
    kind: EntryKind.ADOPT,
    firstSequence: 1,
    eventCount: 0,
    payload: encodeAdoption(adoption),
  };
  for (let from = 0; from < events.length; from += BATCH_EVENTS) {
    const chunk = events.slice(from, from + BATCH_EVENTS);
    const writer = new BatchWriter();
    for (const { event } of chunk) writer.add(event);
    const payload = Buffer.from(writer.finish(asSequence(from + 1)));
    const firstSequence = from + 1;
    yield { ...base, kind: EntryKind.BATCH, firstSequence, eventCount: chunk.length, payload };
  }
}

async function run(
  rows: RowBatch,
  transaction: Transaction,
  tables: ReadonlyMap<string, SimTable>,
): Promise<void> {
  const server = {
    partitions: new Map(),
    table: (name: string) => tables.get(name) as SimTable,
    endSessions: async () => [],
  };
  const session = { applicationName: 'reference', lockTimeoutMs: Number.POSITIVE_INFINITY };
  const context = { server, session, transaction };
  for (const { table, copy } of rows.copies.copies) {
    if (copy.rowCount > 0)
      await copyStatement(copyText(table, table))?.(context, [], copy.finish());
  }
  const texts = new Map(SESSION_STATEMENTS.map(({ name, text }) => [name, text]));
  for (const { statement, values, copyData } of stepsAfterCopies(rows.commitBatch(), HOLDER)) {
    if (LEFT_OUT.has(statement)) continue;
    await statementOf(texts.get(statement) ?? '')(context, values, copyData);
  }
}
