import { ControlClient, stateUntil } from '@feedmill/core/adapters/control-client';
import { type Clock, sleep } from '@feedmill/core/clock';
import type { ProducerSnapshot } from '@feedmill/core/control/shard-snapshot';
import { stableId } from '@feedmill/core/stable-id';
import { verifyStore } from '@feedmill/store/verify/verify-store';
import type { CommandContext } from '../command-context.ts';
import { type Database, withFolderDatabase } from '../folder-database.ts';
import { LIMITS } from '../limits.ts';
import { type LocalState, readLocalState } from '../local-state.ts';
import { readBindingsRecord } from '../supervisor/bindings-file.ts';
import { readJournalSummary } from './journal-summary.ts';
import { type ProducerVerdict, unseenVerdict, verdictOf } from './verdict.ts';

/** The document of `feedmill verify --json`. */
export interface FolderVerdict {
  readonly ok: boolean;
  readonly dir: string;
  /** Where the acknowledged sequences come from. */
  readonly acknowledgedFrom: 'workers' | 'journals';
  readonly producers: readonly ProducerVerdict[];
  /** What is wrong with journals, a sentence each. */
  readonly journalFaults: readonly string[];
}

/** Last acknowledged sequence of producers by their id, and what is wrong with journals. */
interface Acknowledged {
  readonly from: FolderVerdict['acknowledgedFrom'];
  readonly byId: ReadonlyMap<bigint, number>;
  readonly faults: readonly string[];
}

/**
 * Holds journals, producers and tables of a folder against each other; beside a running system,
 * too.
 *
 * @throws FeedmillError NOT_RUNNING where the folder holds nothing, STORE_UNAVAILABLE
 */
export async function verifyFolder(dir: string, context: CommandContext): Promise<FolderVerdict> {
  return await withFolderDatabase(dir, 'verify', context, async (database, isRunning) => {
    const state = await readLocalState(dir);
    const acknowledged =
      isRunning && state !== undefined
        ? await askWorkers(state, context.clock)
        : await readJournals(dir);
    const producers = await verdictsOf(database, acknowledged, state);
    const { from, faults } = acknowledged;
    return {
      ok: faults.length === 0 && producers.every(({ ok }) => ok),
      dir,
      acknowledgedFrom: from,
      producers,
      journalFaults: faults,
    };
  });
}

async function verdictsOf(
  database: Database,
  { byId }: Acknowledged,
  state: LocalState | undefined,
): Promise<ProducerVerdict[]> {
  const reports = await verifyStore(database);
  const verdicts = reports.map((report) => verdictOf(report, byId.get(report.producerId) ?? 0));
  const seen = new Set(reports.map(({ producerId }) => producerId));
  for (const { producer } of state?.sources ?? []) {
    const id = stableId(producer);
    const sequence = byId.get(id);
    if (sequence !== undefined && sequence > 0 && !seen.has(id)) {
      verdicts.push(unseenVerdict(producer, sequence));
    }
  }
  return verdicts;
}

/** What workers have acknowledged now, once they have had the time to commit it. */
async function askWorkers(state: LocalState, clock: Clock): Promise<Acknowledged> {
  const clients = state.workers.flatMap(({ grpcAddress }) =>
    grpcAddress === undefined ? [] : [new ControlClient(grpcAddress)],
  );
  const deadlineMs = clock.monotonicMs() + LIMITS.verifyWaitMs;
  const ask = async (): Promise<ProducerSnapshot[]> => {
    const states = await Promise.all(
      clients.map((client) => stateUntil(client, deadlineMs, clock)),
    );
    return states.flatMap(({ producers }) => producers);
  };
  try {
    const byId = new Map<bigint, number>();
    for (const { producer, durable } of await ask()) {
      const id = stableId(producer);
      byId.set(id, Math.max(byId.get(id) ?? 0, durable));
    }
    const isOpen = ({ producer, committed }: ProducerSnapshot): boolean =>
      committed < (byId.get(stableId(producer)) ?? 0);
    while ((await ask()).some(isOpen) && clock.monotonicMs() < deadlineMs) {
      await sleep(clock, LIMITS.releasePollMs);
    }
    return { from: 'workers', byId, faults: [] };
  } finally {
    for (const client of clients) client.close();
  }
}

async function readJournals(dir: string): Promise<Acknowledged> {
  const record = await readBindingsRecord(dir);
  const byId = new Map<bigint, number>();
  const faults: string[] = [];
  for (const shard of record?.shards ?? []) {
    const { lastSequences, fault } = await readJournalSummary(dir, shard);
    if (fault !== undefined) faults.push(fault);
    // A producer that has moved stands in the journals of both its shards.
    for (const [id, last] of lastSequences) byId.set(id, Math.max(byId.get(id) ?? 0, last));
  }
  return { from: 'journals', byId, faults };
}
