import type { Epoch } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { ProducerProgress } from '@feedmill/store/shard-session/commit-batch';
import { status } from '@grpc/grpc-js';
import type { WrittenEntry } from '../journal/group-commit.ts';
import type { Journal } from '../journal/journal.ts';
import { EntryKind } from '../journal/journal-entry.ts';
import type { WorkerLimits } from '../limits.ts';
import type { BatchTraces } from '../observe/batch-traces.ts';
import type { WorkerMetrics } from '../observe/worker-metrics.ts';
import type { RecoveredBatch } from '../region/release-gate.ts';
import type { ProducerDirectory } from './producer-directory.ts';
import type { ProducerSlot } from './producer-slot.ts';
import type { AcceptedBatch, PublishHost } from './publish-stream.ts';
import { type Refusal, refusals } from './refusal.ts';

export interface IngestHostOptions {
  readonly shard: number;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly directory: ProducerDirectory;
  readonly metrics: WorkerMetrics;
  /** Follows batches that are sampled; undefined: nobody does. */
  readonly traces: BatchTraces | undefined;
  readonly batchBytesMax: number;
  readonly limits: WorkerLimits;
  /** Whether commits come through, however slowly. */
  readonly isSinkMoving: () => boolean;
  /** Whether the journal's budget is used up. */
  readonly isFull: () => boolean;
}

/** Stands between the streams and the journal: hands batches down and acknowledgements up. */
export class IngestHost implements PublishHost {
  readonly #options: IngestHostOptions;
  readonly #paused = new Set<ProducerSlot>();
  readonly #dirty = new Set<ProducerSlot>();
  #draining = false;
  #door: Refusal | undefined;
  /** Epoch of the entries that it writes, and that producers are welcomed with. */
  epoch: Epoch;

  constructor(epoch: Epoch, options: IngestHostOptions) {
    this.epoch = epoch;
    this.#options = options;
  }

  get shard(): number {
    return this.#options.shard;
  }
  get clock(): Clock {
    return this.#options.clock;
  }
  get batchBytesMax(): number {
    return this.#options.batchBytesMax;
  }
  get bytesInFlightMax(): number {
    return this.#options.limits.bytesInFlightMax;
  }
  get helloTimeoutMs(): number {
    return this.#options.limits.helloTimeoutMs;
  }
  get fullRetryMs(): number {
    return this.#options.limits.fullRetryMs;
  }

  get heartbeatMsMin(): number {
    return this.#options.limits.heartbeatMsMin;
  }

  admit(producer: string): ProducerSlot | Refusal {
    if (this.#draining) return refusals.draining();
    return this.#door ?? this.#options.directory.admit(producer);
  }

  /** Lets producers in, or sends all away. */
  setDoor(refusal: Refusal | undefined): void {
    this.#door = refusal;
    if (refusal === undefined) return;
    for (const slot of this.#options.directory.slots()) slot.stream?.end(refusal);
  }

  isFull(): boolean {
    return this.#options.isFull();
  }

  append(slot: ProducerSlot, batch: AcceptedBatch): boolean {
    const { journal, metrics, shard, traces } = this.#options;
    const { position } = journal.append({
      kind: EntryKind.BATCH,
      epoch: this.epoch,
      producerId: slot.id,
      incarnation: slot.incarnation,
      firstSequence: batch.firstSequence,
      eventCount: batch.eventCount,
      skipCount: batch.skipCount,
      payload: batch.bytes,
    });
    if (traces !== undefined && batch.trace !== undefined) {
      traces.received(position, batch.trace, {
        'feedmill.producer': slot.name,
        'feedmill.shard': shard,
        'feedmill.position': position,
        'feedmill.first_sequence': batch.firstSequence,
        'feedmill.last_sequence': batch.firstSequence + batch.eventCount - 1,
      });
    }
    metrics.receivedEvents.inc({ producer: slot.name }, batch.eventCount - batch.skipCount);
    if (!this.#mustPause()) return false;
    this.#paused.add(slot);
    return true;
  }

  onDuplicate(slot: ProducerSlot, events: number): void {
    this.#options.metrics.duplicateEvents.inc({ producer: slot.name, kind: 'resent' }, events);
  }

  onRefused(_producer: string, refusal: Refusal): void {
    this.#options.metrics.refusals.inc({ status: status[refusal.code] ?? String(refusal.code) });
  }

  /** Entries are durable: tell their producers. */
  onDurable(written: readonly WrittenEntry[]): void {
    const last = written.at(-1);
    if (last !== undefined) this.#options.traces?.released(last.entry.position);
    for (const { entry } of written) {
      if (entry.kind !== EntryKind.BATCH) continue;
      const slot = this.#options.directory.slot(entry.producerId);
      if (slot === undefined) continue;
      slot.durableThrough = entry.firstSequence + entry.eventCount - 1;
      this.#dirty.add(slot);
    }
    this.#acknowledge();
    this.resumePaused();
  }

  /** Entries of before this start may be acknowledged now. */
  onRecoveredDurable(batches: readonly RecoveredBatch[]): void {
    for (const { producerId, lastSequence } of batches) {
      const slot = this.#options.directory.slot(producerId);
      if (slot === undefined) continue;
      slot.durableThrough = lastSequence;
      this.#dirty.add(slot);
    }
  }

  /** Lets paused streams go on as soon as there is room; called whenever something has moved. */
  resumePaused(): void {
    if (this.#paused.size === 0 || this.#mustPause()) return;
    for (const slot of this.#paused) slot.stream?.resume();
    this.#paused.clear();
  }

  /** Events are in Postgres: count them, and tell their producers. */
  onCommitted(committed: Iterable<ProducerProgress>): void {
    const { directory, metrics } = this.#options;
    for (const progress of committed) {
      const producer = progress.name;
      if (progress.gaps > 0) metrics.gaps.inc({ producer }, progress.gaps);
      if (progress.deadLetters > 0) metrics.deadLetters.inc({ producer }, progress.deadLetters);
      if (progress.duplicateEvents > 0) {
        metrics.duplicateEvents.inc({ producer, kind: 'repeated' }, progress.duplicateEvents);
      }
      const slot = directory.slot(progress.producerId);
      if (slot === undefined) continue;
      slot.committedThrough = progress.lastSequence;
      slot.duplicateEvents += progress.duplicateEvents;
      slot.gaps += progress.gaps;
      slot.deadLetters += progress.deadLetters;
      this.#dirty.add(slot);
    }
    this.#acknowledge();
    this.resumePaused();
  }

  /** Ends the stream of one producer, for example because it moves. */
  endStream(slot: ProducerSlot, refusal: Refusal): void {
    slot.stream?.end(refusal);
  }

  /** Takes no new streams and ends the open ones. */
  stopAccepting(): void {
    this.#draining = true;
    for (const slot of this.#options.directory.slots()) slot.stream?.end(refusals.draining());
  }

  #acknowledge(): void {
    for (const slot of this.#dirty) slot.stream?.acknowledge();
    this.#dirty.clear();
  }

  #mustPause(): boolean {
    const { journal, isSinkMoving } = this.#options;
    const { unsyncedBytesMax, aheadBytesMax } = this.#options.limits;
    if (journal.unsyncedBytes > unsyncedBytesMax) return true;
    return journal.unsyncedBytes + journal.tailBytes > aheadBytesMax && isSinkMoving();
  }
}
