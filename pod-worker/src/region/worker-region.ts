import { create } from '@bufbuild/protobuf';
import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { registerOf } from '@feedmill/core/region/region-role';
import type { Register } from '@feedmill/core/region/register';
import {
  RegionRole,
  type RegionState,
  RegionStateSchema,
} from '@feedmill/proto/feedmill/v1/control_pb';
import type { Adopter } from '../adopter.ts';
import type { AlertCourier } from '../alert/alert-courier.ts';
import type { IngestHost } from '../ingest/ingest-host.ts';
import { followEntry, rebuildSlots } from '../ingest/journal-producers.ts';
import type { Refusal } from '../ingest/refusal.ts';
import type { WrittenEntry } from '../journal/group-commit.ts';
import { EntryKind, type JournalEntry } from '../journal/journal-entry.ts';
import type { LiveHub } from '../live/live-hub.ts';
import type { OpenedShard } from '../open-shard.ts';
import { decodeReference } from '../process/reference-version.ts';
import { encodeSettings } from '../process/shard-settings.ts';
import type { ReferenceFeeder } from '../reference-feeder.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import { regionSettings, regionTimers } from './region-config.ts';
import type { RegionHost } from './region-host.ts';
import type { ReplicaCall, ReplicaStream } from './region-links.ts';
import { type Released, ReleaseGate } from './release-gate.ts';
import { ShardRegion } from './shard-region.ts';

/** How a shard shall change over. */
export interface HandOver {
  readonly timeoutMs: number;
  /** This region becomes primary, whatever it lacks. */
  readonly forced: boolean;
}

/** The parts of a worker that its region drives. */
export interface RegionParts {
  readonly ingest: IngestHost;
  readonly adopter: Adopter;
  readonly references: ReferenceFeeder;
  readonly live: LiveHub;
  readonly courier: AlertCourier | undefined;
}

/** A worker whose shard lives in two regions: how its other parts follow its region's role. */
export class WorkerRegion implements RegionHost {
  readonly #deps: WorkerDeps;
  readonly #opened: OpenedShard;
  readonly #parts: RegionParts;
  readonly #gate: ReleaseGate;
  readonly #region: ShardRegion;
  #confirmed = asPosition(0);
  #isOpen = false;

  constructor(deps: WorkerDeps, opened: OpenedShard, parts: RegionParts) {
    const { config, clock, limits, log, regionLinks, fail } = deps;
    const { journal, regionFile } = opened;
    if (regionLinks === undefined || regionFile === undefined) {
      throw new TypeError('a worker of two regions has links and a file');
    }
    this.#deps = deps;
    this.#opened = opened;
    this.#parts = parts;
    this.#gate = new ReleaseGate(opened.committed, opened.recoveredBatches);
    this.#region = new ShardRegion({
      clusterId: config.clusterId,
      shard: config.shard,
      settings: regionSettings(config),
      timers: regionTimers(config),
      clock,
      limits,
      journal,
      gate: this.#gate,
      file: regionFile,
      links: regionLinks,
      host: this,
      isCompressed: config.replicationCompression,
      bytesPerSecondMax: config.replicationBytesPerSecondMax,
      fail,
      log,
    });
  }

  get epoch(): Epoch {
    return this.#region.epoch;
  }

  /** Through here entries are acknowledged, and may be processed. */
  get released(): Position {
    return this.#gate.released;
  }

  get processedPosition(): Position {
    return this.#opened.processor.position;
  }

  get isPrimary(): boolean {
    return this.#region.node.role.kind === 'primary';
  }

  /** Whether entries may be written here: the epoch has begun, and producers are let in. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether something waits for the other region. */
  get isWaiting(): boolean {
    return this.#gate.isWaiting && this.isPrimary;
  }

  start(): void {
    this.#region.start();
  }

  stop(): Promise<void> {
    return this.#region.stop();
  }

  accept(call: ReplicaCall): ReplicaStream {
    return this.#region.accept(call);
  }

  /** As planned from here to the other region, or by force from there to here. */
  async handOver({ timeoutMs, forced }: HandOver): Promise<Register> {
    if (!forced) return await this.#region.handOver(timeoutMs);
    const { clock, limits } = this.#deps;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    while (!this.isPrimary) {
      if (clock.monotonicMs() > deadlineMs) {
        throw new FeedmillError(
          'WORKER_UNAVAILABLE',
          `This region did not become primary within ${timeoutMs} ms; does the witness answer?`,
        );
      }
      this.#region.demand();
      await sleep(clock, limits.witnessAskMs);
    }
    return registerOf(this.#region.node) as Register;
  }

  onDurable(written: readonly WrittenEntry[]): void {
    this.#region.onDurable(written);
  }

  /** Segments up to here may be given up: the other region does not need them, or has to wait. */
  trimLimit(checkpoint: Position): Position {
    const { journal } = this.#opened;
    if (!this.isPrimary) return checkpoint;
    if (this.#region.isServing) this.#confirmed = this.#region.confirmed;
    const share = journal.occupiedBytes / this.#deps.journalBytesMax;
    if (share > this.#deps.limits.replicaJournalShare) return checkpoint;
    return asPosition(Math.min(checkpoint, this.#confirmed));
  }

  beginEpoch(epoch: Epoch): Position {
    const { journal, directory, settings } = this.#opened;
    const waiting = this.#gate.firstWaiting();
    for (const slot of directory.slots()) {
      slot.durableThrough = (waiting.get(slot.id) ?? slot.receivedThrough + 1) - 1;
    }
    this.#parts.ingest.epoch = epoch;
    this.#parts.adopter.epoch = epoch;
    this.#parts.references.epoch = epoch;
    const previousEpoch = journal.epochs.at(-1)?.epoch ?? 0;
    const { position } = journal.append({
      kind: EntryKind.EPOCH,
      epoch,
      producerId: 0n,
      incarnation: 0n,
      firstSequence: 0,
      eventCount: 0,
      skipCount: 0,
      payload: encodeSettings(settings, previousEpoch),
    });
    return position;
  }

  setDoor(refusal: Refusal | undefined): void {
    const { ingest, adopter, references, courier } = this.#parts;
    const isOpen = refusal === undefined;
    this.#isOpen = isOpen;
    references.isActive = isOpen;
    adopter.isActive = isOpen;
    ingest.setDoor(refusal);
    if (!isOpen) return;
    adopter.reconcile();
    courier?.begin();
  }

  release({ recovered, written }: Released): void {
    const { ingest, live } = this.#parts;
    ingest.onRecoveredDurable(recovered);
    ingest.onDurable(written);
    live.onReleased(this.#gate.released, written);
    this.#opened.wake.raise();
  }

  onCopied(written: readonly WrittenEntry[]): void {
    for (const { entry } of written) this.#follow(entry);
  }

  async onCut(): Promise<void> {
    const { directory, releases, processor, journal } = this.#opened;
    releases.clear();
    this.#parts.references.restart(processor.referenceVersions);
    await rebuildSlots(directory, processor, journal, (entry) => this.#follow(entry));
  }

  #follow(entry: JournalEntry): void {
    followEntry(this.#opened.directory, this.#opened.releases, entry);
    if (entry.kind !== EntryKind.REFERENCE) return;
    const { kind, version } = decodeReference(entry.payload);
    this.#parts.references.note(kind, version);
  }

  state(): RegionState {
    const region = this.#region;
    const { role, settings } = region.node;
    const register = registerOf(region.node);
    const { peerMs, witnessMs } = region.silence;
    const isCatchingUp = role.kind === 'follower' && !(region.isFollowing && register?.inSync);
    const roles = {
      fenced: RegionRole.FENCED,
      primary: RegionRole.PRIMARY,
      'handing-over': RegionRole.HANDING_OVER,
      follower: isCatchingUp ? RegionRole.CATCHING_UP : RegionRole.FOLLOWER,
    } as const;
    return create(RegionStateSchema, {
      name: settings.me,
      peer: settings.peer,
      role: roles[role.kind],
      why: role.why,
      primary: register?.primary ?? '',
      epoch: register?.epoch ?? asEpoch(0),
      inSync: register?.inSync ?? false,
      registerVersion: BigInt(register?.version ?? 0),
      isAlone: role.kind === 'primary' && role.gate === 'alone',
      isIsolated: region.isIsolated,
      releasedPosition: BigInt(this.#gate.released),
      confirmedPosition: BigInt(region.confirmed),
      peerSilentMs: milliseconds(peerMs),
      witnessSilentMs: milliseconds(witnessMs),
    });
  }
}

const UINT32_MAX = 2 ** 32 - 1;

const milliseconds = (ms: number): number =>
  Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : UINT32_MAX;
