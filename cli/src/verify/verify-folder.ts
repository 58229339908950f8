import { ControlClient, stateUntil } from '@feedmill/core/adapters/control-client';
import { type Clock, sleep } from '@feedmill/core/clock';
import type { ProducerSnapshot } from '@feedmill/core/control/shard-snapshot';
import { stableId } from '@feedmill/core/stable-id';
import { verifyStore } from '@feedmill/store/verify/verify-store';
import type { CommandContext } from '../command-context.ts';
import { maskedUrl } from '../commands/common-options.ts';
import { type Database, withConnection, withFolderDatabase } from '../folder-database.ts';
import { LIMITS } from '../limits.ts';
import { type LocalState, readLocalState } from '../local-state.ts';
import { readBindingsRecord } from '../supervisor/bindings-file.ts';
import { readJournalSummary } from './journal-summary.ts';
import { type ProducerVerdict, unseenVerdict, verdictOf } from './verdict.ts';

/** The document of `feedmill verify --json`. */
export interface Verdict {
  readonly ok: boolean;
  /** The folder, or the database, that was looked at. */
  readonly dir?: string;
  readonly postgres?: string;
  /** Where the acknowledged sequences come from. */
  readonly acknowledgedFrom: 'workers' | 'journals';
  readonly producers: readonly ProducerVerdict[];
  /** What is wrong with journals, a sentence each. */
  readonly journalFaults: readonly string[];
}

/** Last acknowledged sequence of producers by their id, and what is wrong with journals. */
interface Acknowledged {
  readonly from: Verdict['acknowledgedFrom'];
  readonly byId: ReadonlyMap<bigint, number>;
  readonly faults: readonly string[];
}

/**
 * Holds journals, producers and tables of a folder against each other; beside a running system,
 * too.
 *
 * @throws FeedmillError NOT_RUNNING where the folder holds nothing, STORE_UNAVAILABLE
 */
export async function verifyFolder(dir: string, context: CommandContext): Promise<Verdict> {
  return await withFolderDatabase(dir, 'verify', context, async (database, isRunning) => {
    const state = await readLocalState(dir);
    const acknowledged =
      isRunning && state !== undefined
        ? await askWorkers(addressesOf(state), context.clock)
        : await readJournals(dir);
    const known = state?.sources.map(({ producer }) => producer) ?? [];
    return { dir, ...(await verdictOn(database, acknowledged, known)) };
  });
}

/** A database, and the workers that commit to it, wherever they run. */
export interface VerifiedPlace {
  readonly postgres: string;
  /** host:port of every worker. */
  readonly workers: readonly string[];
}

/**
 * Holds what workers have acknowledged and what stands in their database against each other.
 *
 * @throws FeedmillError STORE_UNAVAILABLE, or WORKER_UNAVAILABLE where one does not answer
 */
export async function verifyPlace(
  { postgres, workers }: VerifiedPlace,
  { clock }: CommandContext,
): Promise<Verdict> {
  return await withConnection(postgres, 'verify', async (database) => ({
    postgres: maskedUrl(postgres),
    ...(await verdictOn(database, await askWorkers(workers, clock), [])),
  }));
}

/** @param known producers that may have sent something and committed nothing */
async function verdictOn(
  database: Database,
  { from, byId, faults }: Acknowledged,
  known: readonly string[],
): Promise<Verdict> {
  const reports = await verifyStore(database);
  const verdicts = reports.map((report) => verdictOf(report, byId.get(report.producerId) ?? 0));
  const seen = new Set(reports.map(({ producerId }) => producerId));
  for (const producer of known) {
    const id = stableId(producer);
    const sequence = byId.get(id);
    if (sequence !== undefined && sequence > 0 && !seen.has(id)) {
      verdicts.push(unseenVerdict(producer, sequence));
    }
  }
  return {
    ok: faults.length === 0 && verdicts.every(({ ok }) => ok),
    acknowledgedFrom: from,
    producers: verdicts,
    journalFaults: faults,
  };
}

const addressesOf = ({ workers }: LocalState): string[] =>
  workers.flatMap(({ grpcAddress }) => (grpcAddress === undefined ? [] : [grpcAddress]));

/** What workers have acknowledged now, once they have had the time to commit it. */
async function askWorkers(addresses: readonly string[], clock: Clock): Promise<Acknowledged> {
  const clients = addresses.map((address) => new ControlClient(address));
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
