import { SELECT_INSTRUMENTS } from '@feedmill/pod-worker/sink/postgres-store';
import {
  FIND_SHARD,
  SAVE_SHARD_STATE,
  SAVE_STATE,
  SELECT_SHARD_STATES,
} from '@feedmill/store/checkpoint/save-states';
import { ENSURE_PARTITION } from '@feedmill/store/partitions/partitions';
import {
  SELECT_PRODUCERS_BY_ID,
  SELECT_PRODUCERS_OF_SHARD,
  SELECT_SHARDS,
  SELECT_STATE,
} from '@feedmill/store/queries/progress';
import { SELECT_REFERENCE, SELECT_REFERENCE_VERSIONS } from '@feedmill/store/queries/reference';
import {
  ADVANCE_PRODUCERS,
  ADVANCE_SHARD,
  END_SESSIONS,
  INSERT_REFERENCE,
  RAISE_EPOCH,
  RELEASE,
  RELEASE_SAVEPOINT,
  REQUIRE_SYNCHRONOUS_COMMIT,
  SAVEPOINT,
  SELECT_SHARD,
  SET_LOCK_TIMEOUT,
  SETTLE,
  SETTLE_ALERTS,
  UPSERT_BARS,
  UPSERT_GAPS,
  UPSERT_INSTRUMENTS,
  UPSERT_STATE,
  UPSERT_SYMBOLS,
} from '@feedmill/store/shard-session/statements';
import { copyStatement } from './copy-statement.ts';
import * as progress from './progress-statements.ts';
import * as rows from './row-statements.ts';
import { scalarOf } from './sql-value.ts';
import type { StatementRun } from './statement-context.ts';

/** One form for all ways to break lines. */
const normal = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const STATEMENTS: ReadonlyMap<string, StatementRun> = new Map(
  (
    [
      [SAVEPOINT.text, ({ transaction }) => (transaction.setSavepoint(), [])],
      [RELEASE_SAVEPOINT.text, ({ transaction }) => (transaction.releaseSavepoint(), [])],
      [UPSERT_BARS.text, rows.upsertBars],
      [UPSERT_GAPS.text, rows.upsertGaps],
      [UPSERT_INSTRUMENTS.text, rows.upsertInstruments],
      [UPSERT_SYMBOLS.text, rows.upsertSymbols],
      [SETTLE_ALERTS.text, rows.settleAlerts],
      [INSERT_REFERENCE.text, rows.insertReference],
      [UPSERT_STATE.text, rows.upsertState],
      [SAVE_STATE, rows.saveState],
      [FIND_SHARD, rows.findShard],
      [SELECT_STATE, rows.selectState],
      [SAVE_SHARD_STATE, rows.saveShardState],
      [SELECT_SHARD_STATES, rows.selectShardStates],
      [SELECT_REFERENCE_VERSIONS, rows.selectReferenceVersions],
      [SELECT_REFERENCE, rows.selectReference],
      [ENSURE_PARTITION, rows.ensurePartition],
      [ADVANCE_PRODUCERS.text, progress.advanceProducers],
      [ADVANCE_SHARD.text, progress.advanceShard],
      [RAISE_EPOCH, progress.raiseEpoch],
      [SETTLE, progress.settle],
      [RELEASE, progress.release],
      [END_SESSIONS, progress.endSessions],
      [SELECT_SHARD, progress.selectShard],
      [SELECT_SHARDS, progress.selectShards],
      [SELECT_PRODUCERS_OF_SHARD, progress.selectProducersOfShard],
      [SELECT_PRODUCERS_BY_ID, progress.selectProducersById],
      [SELECT_INSTRUMENTS, progress.selectInstruments],
      // The server is set to remember what it commits.
      [REQUIRE_SYNCHRONOUS_COMMIT, () => []],
      [
        SET_LOCK_TIMEOUT,
        ({ session }, values) => {
          session.lockTimeoutMs = Number(scalarOf(values[0], 'text'));
          return [];
        },
      ],
    ] satisfies [string, StatementRun][]
  ).map(([text, run]): [string, StatementRun] => [normal(text), run]),
);

/**
 * What the double does for a statement's text.
 *
 * @throws Error for a statement that it was not taught
 */
export function statementOf(text: string): StatementRun {
  const known = normal(text);
  const found = STATEMENTS.get(known) ?? copyStatement(known);
  if (found !== undefined) return found;
  throw new Error(`the double of Postgres does not know the statement '${known}'`);
}

/** What begins and ends transactions is the session's own. */
export type TransactionControl = 'begin' | 'commit' | 'rollback' | 'rollback to savepoint';

export function transactionControlOf(text: string): TransactionControl | undefined {
  const known = normal(text);
  if (known === 'begin' || known === 'commit' || known === 'rollback') return known;
  return known === 'rollback to savepoint part; release savepoint part'
    ? 'rollback to savepoint'
    : undefined;
}
