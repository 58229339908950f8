import { join } from 'node:path';
import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import type { ReferenceKind } from '@feedmill/core/reference/reference-set';
import type { ShardSession } from '@feedmill/store/shard-session/shard-session';
import { type Checkpoint, CheckpointFile } from './checkpoint/checkpoint-file.ts';
import { HolderGuard } from './holder-guard.ts';
import type { PendingReleases } from './ingest/pending-releases.ts';
import { ProducerDirectory } from './ingest/producer-directory.ts';
import type { WrittenEntry } from './journal/group-commit.ts';
import { Journal } from './journal/journal.ts';
import { EntryKind, type JournalEntry } from './journal/journal-entry.ts';
import { lastSequenceOfState } from './process/producer-processor.ts';
import { decodeReference } from './process/reference-version.ts';
import { ShardProcessor } from './process/shard-processor.ts';
import { encodeSettings, modelName, type ShardSettings } from './process/shard-settings.ts';
import { checkJournalReaches, findCheckpoint, ProducerHistory } from './recovery.ts';
import { hasRegions } from './region/region-config.ts';
import { RegionFile } from './region/region-file.ts';
import type { RecoveredBatch } from './region/release-gate.ts';
import { RowBatch } from './sink/row-batch.ts';
import { Signal } from './sink/signal.ts';
import type { WorkerDeps } from './worker-deps.ts';

/** A shard that is recovered and ours, ready to be served. */
export interface OpenedShard {
  readonly session: ShardSession;
  readonly journal: Journal;
  readonly processor: ShardProcessor;
  readonly directory: ProducerDirectory;
  readonly releases: PendingReleases;
  readonly checkpointFile: CheckpointFile;
  /** Raised when an entry became durable. */
  readonly wake: Signal;
  /** Who is told of durable entries; set once by the worker. */
  readonly durable: { listener: (written: readonly WrittenEntry[]) => void };
  readonly guard: HolderGuard;
  /** What rows depend on, as it is written at the beginning of an epoch. */
  readonly settings: ShardSettings;
  /** Versions of reference data that the journal holds. */
  readonly referenceVersions: ReadonlyMap<ReferenceKind, number>;
  /** Where Postgres stands. */
  readonly committed: Position;
  /** What the shard remembers of its two regions; undefined where it lives in one. */
  readonly regionFile: RegionFile | undefined;
  /** Batches that are in the journal and not in Postgres. */
  readonly recoveredBatches: readonly RecoveredBatch[];
}

/**
 * Recovers the shard: takes it over in Postgres, finds the checkpoint, reads the journal, and
 * brings the processors to where Postgres stands.
 *
 * @throws FeedmillError JOURNAL_*, FENCED, STORE_INCOMPATIBLE
 */
export async function openShard(deps: WorkerDeps): Promise<OpenedShard> {
  for (;;) {
    // Each earlier process of this worker can come between only once: it asks for one epoch.
    const opened = await lookAndOpen(deps);
    if (opened !== undefined) return opened;
  }
}

/** @returns undefined where the shard has changed hands since it was looked at */
async function lookAndOpen(deps: WorkerDeps): Promise<OpenedShard | undefined> {
  const { config, disk, clock, store, log, limits, metrics } = deps;
  const startedMs = clock.monotonicMs();
  // Everything is looked at before the epoch is raised: a worker with a wrong volume must not end
  // the one that has the right one.
  const standing = await store.readStanding();
  const regionFile = hasRegions(config) ? await RegionFile.open(disk, config.dir) : undefined;
  const recoveredBatches: RecoveredBatch[] = [];
  const checkpointFile = new CheckpointFile(disk, config.dir, config.shard);
  const found = await findCheckpoint(
    checkpointFile,
    standing.position,
    () => store.readCheckpoint(),
    lastSequenceOfState,
  );
  for (const why of found.passedOver) log.info({}, `Looking for a checkpoint: ${why}.`);
  let { checkpoint } = found;
  const history = new ProducerHistory(checkpoint);
  const wake = new Signal();
  const durable: OpenedShard['durable'] = { listener: () => undefined };
  let firstPosition: Position | undefined;
  const referenceVersions = new Map<ReferenceKind, number>();
  // The guard asks with the epoch, which is raised only once the journal has been read.
  const held: { guard?: HolderGuard } = {};
  const journal = await Journal.open({
    disk,
    folder: join(config.dir, 'journal'),
    identity: { clusterId: config.clusterId, shard: config.shard },
    clock,
    segmentBytes: config.segmentBytes,
    groupBytesMax: limits.groupBytesMax,
    tailBytesMax: limits.tailBytesMax,
    readAheadBytes: limits.readAheadBytes,
    fromPosition: checkpoint.position,
    ...(regionFile !== undefined && { isOwn: isOwnOf(regionFile) }),
    onRecovered: (entry) => {
      firstPosition ??= entry.position;
      history.add(entry, checkpoint.position);
      if (regionFile !== undefined && entry.position > standing.position) {
        noteBatch(recoveredBatches, entry);
      }
      if (entry.kind !== EntryKind.REFERENCE) return;
      const { kind, version } = decodeReference(entry.payload);
      referenceVersions.set(kind, version);
    },
    onDurable: (written) => {
      const last = written.at(-1);
      if (last !== undefined) deps.traces?.durable(last.entry.position);
      durable.listener(written);
    },
    onSync: (durationMs) => metrics.journalSyncSeconds.observe(durationMs / 1000),
    doubt: () => held.guard?.doubt(),
    onFailure: deps.fail,
  });
  const { lastPosition, cutBytes, lastEpoch } = journal.recovered;
  if (cutBytes > 0) log.warn({ lastPosition }, 'A torn tail that nobody was promised was cut.');
  const first = firstPosition ?? asPosition(lastPosition + 1);
  const checkReach = (committed: Position): void => {
    if (regionFile !== undefined) return;
    if (config.acceptJournalLoss && lastPosition < committed) return;
    const reach = { first, last: lastPosition };
    checkJournalReaches(config.shard, reach, checkpoint.position, committed);
  };
  checkReach(standing.position);
  // Whoever took it since then has read a journal that is newer than ours.
  const session = await store.acquire(standing.epoch);
  if (session === undefined) {
    await journal.close();
    return undefined;
  }
  const committed = session.position;
  checkReach(committed);
  await journal.hold();
  const guard = new HolderGuard({
    shard: config.shard,
    epoch: session.epoch,
    clock,
    stallMs: limits.stallMs,
    retryMs: limits.sinkRetryBaseMs,
    standingEpoch: () => store.standingEpoch(),
    onFenced: deps.fail,
    log,
  });
  held.guard = guard;
  const records = await session.producers();
  // The journal may hold no entry any more, and the machine's clock may have been set back.
  for (const { lastTsInit } of records) journal.stampFrom(lastTsInit);
  const isLossAccepted = regionFile === undefined && lastPosition < committed;
  if (regionFile !== undefined) {
    const reach = { first, last: lastPosition, checkpoint: checkpoint.position, committed };
    if (await startOver(journal, regionFile, reach, log)) {
      history.restart(checkpoint);
      recoveredBatches.length = 0;
    }
  }
  if (isLossAccepted) {
    log.warn({ committed, lastPosition }, 'Starting after what Postgres holds, as accepted.');
    journal.startAfter(committed);
    checkpoint = afterLoss(checkpoint, committed, records);
    history.restart(checkpoint);
  }
  const processor = new ShardProcessor({
    storeBookDeltas: config.storeBookDeltas,
    allowedLatenessMs: config.allowedLatenessMs,
    sentimentModel: deps.sentimentModel,
  });
  processor.restore(checkpoint);
  for (const [kind, version] of processor.referenceVersions) {
    referenceVersions.set(kind, Math.max(version, referenceVersions.get(kind) ?? 0));
  }
  if (isLossAccepted) {
    processor.markLoss(await store.readInstruments());
    // Before the journal has an entry again: the next start would miss those before it.
    await store.saveFirstCheckpoint(session.epoch, processor.checkpoint());
    await checkpointFile.saveOrDiscard(processor.checkpoint());
  }
  await catchUp(journal, processor, committed, deps.yieldTurn);
  const directory = new ProducerDirectory(config.shard);
  for (const recovered of history.producers.values()) {
    const slot = directory.addSlot(recovered.name);
    slot.receivedThrough = recovered.receivedThrough;
    slot.durableThrough = recovered.receivedThrough;
    slot.committedThrough = recovered.committedThrough;
    slot.incarnation = recovered.incarnation;
  }
  for (const record of records) directory.slot(record.producerId)?.takeRecord(record);
  const settings: ShardSettings = {
    sentimentModel: modelName(deps.sentimentModel),
    quoteAgeMaxMs: config.quoteAgeMaxMs,
    feedSilenceMaxMs: config.feedSilenceMaxMs,
    sendsAlerts: deps.webhook !== undefined,
  };
  // In two regions the witness gives epochs, and the first entry of one is written when it does.
  if (regionFile === undefined) {
    journal.append({
      kind: EntryKind.EPOCH,
      epoch: session.epoch,
      producerId: 0n,
      incarnation: 0n,
      firstSequence: 0,
      eventCount: 0,
      skipCount: 0,
      payload: encodeSettings(settings, lastEpoch),
    });
  }
  log.info(
    {
      epoch: session.epoch,
      committed,
      journal: lastPosition,
      checkpoint: checkpoint.position,
      checkpointFrom: found.origin,
      ms: Math.round(clock.monotonicMs() - startedMs),
    },
    'The shard is recovered.',
  );
  return {
    session,
    journal,
    processor,
    directory,
    releases: history.releases,
    checkpointFile,
    wake,
    durable,
    guard,
    settings,
    referenceVersions,
    committed,
    regionFile,
    recoveredBatches,
  };
}

/** Before it was one of two, the region wrote all entries itself. */
function isOwnOf({ memory }: RegionFile): (epoch: Epoch) => boolean {
  const isPair = memory.register !== undefined;
  return (epoch) => !isPair || memory.ownEpochs.includes(epoch);
}

function noteBatch(batches: RecoveredBatch[], entry: JournalEntry): void {
  if (entry.kind !== EntryKind.BATCH) return;
  const { position, producerId, firstSequence, skipCount, eventCount } = entry;
  const lastSequence = firstSequence + eventCount - 1;
  batches.push({ position, producerId, firstSequence: firstSequence + skipCount, lastSequence });
}

/**
 * A volume of one of two regions that lacks what Postgres has, or what comes behind the checkpoint:
 * the other region has it. The journal begins anew behind the checkpoint, and until the primary
 * says so this region does not count as one that holds everything.
 *
 * @returns whether the journal was emptied
 */
async function startOver(
  journal: Journal,
  file: RegionFile,
  reach: {
    readonly first: Position;
    readonly last: Position;
    readonly checkpoint: Position;
    readonly committed: Position;
  },
  log: WorkerDeps['log'],
): Promise<boolean> {
  const { first, last, checkpoint, committed } = reach;
  const hasGap = last > checkpoint && first > checkpoint + 1;
  if (last >= committed && !hasGap) return false;
  await file.update({ heldEpoch: asEpoch(0) });
  log.warn({ ...reach }, 'The journal lacks entries; they are copied from the other region.');
  if (last >= checkpoint && !hasGap) return false;
  await journal.cutAfter(asPosition(0));
  journal.restartAfter({ lastPosition: checkpoint, lastHash: 0n, writeOffset: 0 });
  return true;
}

/** The state to go on with when the journal is gone: the newest that is left, at today's place. */
function afterLoss(
  checkpoint: Checkpoint,
  committed: Position,
  records: readonly {
    producerId: bigint;
    name: string;
    incarnation: bigint;
    lastSequence: number;
  }[],
): Checkpoint {
  return {
    position: committed,
    shardState: checkpoint.shardState,
    producers: records.map(({ producerId, name, incarnation, lastSequence }) => {
      const saved = checkpoint.producers.find((each) => each.producerId === producerId);
      const state = saved?.state ?? new Uint8Array(0);
      return { producerId, name, incarnation, lastSequence, state };
    }),
  };
}

/** Processes again what Postgres has already, and throws the rows away. */
async function catchUp(
  journal: Journal,
  processor: ShardProcessor,
  committed: Position,
  yieldTurn: () => Promise<void>,
): Promise<void> {
  const cursor = journal.cursor(processor.position);
  const scratch = new RowBatch();
  while (processor.position < committed && cursor.behind) {
    const entry = cursor.next();
    if (entry === undefined) {
      await cursor.fill();
      continue;
    }
    scratch.reset(processor.position);
    processor.process(entry, scratch);
    if (entry.position % 64 === 0) await yieldTurn();
  }
}
