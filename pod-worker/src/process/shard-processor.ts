import assert from 'node:assert/strict';
import { asPosition, type Position } from '@feedmill/core/brand';
import { FeedmillError } from '@feedmill/core/errors';
import type { FindInstrument } from '@feedmill/core/quote/venue-quote-state';
import type { ReferenceKind } from '@feedmill/core/reference/reference-set';
import { StateError } from '@feedmill/core/state/state-reader';
import type { Checkpoint } from '../checkpoint/checkpoint-file.ts';
import { EntryKind, type JournalEntry } from '../journal/journal-entry.ts';
import { RowBatch } from '../sink/row-batch.ts';
import { decodeAdoption } from './adoption.ts';
import { decodeAlertOutcomes } from './alert-outcomes.ts';
import { EventContext } from './event-context.ts';
import type { StoredInstrument } from './known-instrument.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { ProducerProcessor } from './producer-processor.ts';
import { versionsInForce } from './reference-data.ts';
import { referenceRows } from './reference-rows.ts';
import { decodeReference } from './reference-version.ts';
import { ShardKnowledge } from './shard-knowledge.ts';
import type { ShardQuotes } from './shard-quotes.ts';
import { decodeSettings } from './shard-settings.ts';

const NANOS_PER_MS = 1_000_000n;
const HALF = 0xffff_ffffn;

/**
 * Everything that is derived from a shard's journal. The same entries give the same rows, in
 * every run, region and replay: no clock, no randomness, no outside data.
 */
export class ShardProcessor {
  readonly #options: ProcessorOptions;
  readonly #context = new EventContext();
  readonly #producers = new Map<bigint, ProducerProcessor>();
  readonly #knowledge: ShardKnowledge;
  #generation = 0;
  #position: Position = asPosition(0);

  constructor(options: ProcessorOptions) {
    this.#options = options;
    this.#knowledge = new ShardKnowledge(options.sentimentModel, this.#context);
  }

  /** The last entry that was processed. */
  get position(): Position {
    return this.#position;
  }

  /** When the entry at `position` was received, ns; 0 before the first that was processed here. */
  get tsInit(): bigint {
    return this.#context.tsInit;
  }

  /** The newest quotes of all producers, as of `position`. */
  get quotes(): ShardQuotes {
    return this.#knowledge.quotes;
  }

  /** Versions of reference data that are in force, by kind. */
  get referenceVersions(): ReadonlyMap<ReferenceKind, number> {
    return versionsInForce(this.#knowledge.reference);
  }

  /** Generation of the bindings, stored with the progress. It never changes what a row says. */
  setGeneration(generation: number): void {
    this.#generation = generation;
  }

  /**
   * Starts from a checkpoint instead of from the first entry.
   *
   * @throws FeedmillError CONFIG_INVALID where a state cannot be used
   */
  restore(checkpoint: Checkpoint): void {
    this.#position = checkpoint.position;
    const { shardState } = checkpoint;
    let restoreQuotes: ((find: FindInstrument) => void) | undefined;
    if (shardState.length > 0) {
      restore('the shard', () => {
        restoreQuotes = this.#knowledge.restoreState(shardState);
      });
    }
    for (const saved of checkpoint.producers) {
      const producer = this.#addProducer(saved.producerId, saved.name);
      if (saved.state.length > 0) restoreProducer(producer, saved.state);
      producer.incarnation = saved.incarnation;
      producer.lastSequence = saved.lastSequence;
    }
    restore('the shard', () => {
      restoreQuotes?.((producerId, name) => this.#producers.get(producerId)?.instrument(name));
    });
  }

  /**
   * Says that events between the restored state and the current position are lost.
   *
   * @param instruments what was ever defined: definitions may be among what is lost
   */
  markLoss(instruments: readonly StoredInstrument[]): void {
    this.#context.rows = new RowBatch();
    for (const producer of this.#producers.values()) producer.markLoss(instruments);
  }

  /** The producers that live here, as far as they were processed. */
  producers(): Iterable<Pick<ProducerProcessor, 'name' | 'lastSequence' | 'incarnation'>> {
    return this.#producers.values();
  }

  /** What a restart at the current position needs. */
  checkpoint(): Checkpoint {
    return {
      position: this.#position,
      shardState: this.#knowledge.encodeState(),
      producers: [...this.#producers.values()].map((producer) => ({
        producerId: producer.id,
        name: producer.name,
        incarnation: producer.incarnation,
        lastSequence: producer.lastSequence,
        state: producer.encodeState(),
      })),
    };
  }

  /** Adds what the next entry means to `rows`. */
  process(entry: JournalEntry, rows: RowBatch): void {
    assert(entry.position === this.#position + 1, 'entries are processed in order');
    rows.reach(entry.position);
    const context = this.#context;
    context.rows = rows;
    context.tsInit = entry.tsInit;
    context.tsInitMs = Number(entry.tsInit / NANOS_PER_MS);
    this.#knowledge.quotes.advance();
    switch (entry.kind) {
      case EntryKind.BATCH:
        this.#processBatch(entry, rows);
        break;
      case EntryKind.ADOPT:
        this.#adopt(entry);
        break;
      case EntryKind.RELEASE:
        this.#release(entry, rows);
        break;
      case EntryKind.EPOCH:
        this.#knowledge.setSettings(decodeSettings(entry.payload));
        break;
      case EntryKind.REFERENCE:
        this.#applyReference(entry, rows);
        break;
      case EntryKind.ALERTS:
        rows.alertOutcomes.push(...decodeAlertOutcomes(entry.payload));
        break;
      case EntryKind.TIME:
        // What its time means was taken above.
        break;
    }
    this.#position = entry.position;
  }

  #adopt(entry: JournalEntry): void {
    const adoption = decodeAdoption(entry.payload);
    const producer = this.#addProducer(entry.producerId, adoption.name);
    if (adoption.state.length > 0) restoreProducer(producer, adoption.state);
    producer.lastSequence = adoption.lastSequence;
    producer.incarnation = adoption.incarnation;
  }

  #release(entry: JournalEntry, rows: RowBatch): void {
    const producer = this.#producers.get(entry.producerId);
    assert(producer !== undefined, 'a producer is released that was never adopted');
    rows.states.push({
      producerId: producer.id,
      position: entry.position,
      state: producer.encodeState(),
    });
    this.#producers.delete(entry.producerId);
    this.#knowledge.quotes.removeFeed(entry.producerId);
  }

  #applyReference(entry: JournalEntry, rows: RowBatch): void {
    const version = decodeReference(entry.payload);
    const { reference } = this.#knowledge;
    if (!reference.apply(version)) return;
    rows.references.push(version);
    if (version.kind !== 'instruments') return;
    const { instruments, symbols } = referenceRows(reference.master);
    rows.instruments.push(...instruments);
    rows.symbols.push(...symbols);
  }

  #processBatch(entry: JournalEntry, rows: RowBatch): void {
    const producer = this.#producers.get(entry.producerId);
    assert(producer !== undefined, 'a batch of a producer that was never adopted');
    const context = this.#context;
    const { event, ids } = context;
    let sequence = entry.firstSequence + entry.skipCount;
    const lastSequence = entry.firstSequence + entry.eventCount - 1;
    assert(sequence === producer.lastSequence + 1, 'the journal has a hole in a sequence');
    ids.producerIdHi = Number(entry.producerId >> 32n);
    ids.producerIdLo = Number(entry.producerId & HALF);
    ids.tsInitHi = Number(entry.tsInit >> 32n);
    ids.tsInitLo = Number(entry.tsInit & HALF);
    let progress = rows.progress(entry.producerId);
    if (progress === undefined) {
      progress = {
        producerId: producer.id,
        name: producer.name,
        incarnation: entry.incarnation,
        generation: this.#generation,
        firstSequence: sequence,
        lastSequence,
        firstPosition: entry.position,
        lastPosition: entry.position,
        lastTsInit: entry.tsInit,
        duplicateEvents: 0,
        unstoredEvents: 0,
        deadLetters: 0,
        gaps: 0,
      };
      rows.addProgress(progress);
    }
    progress.lastSequence = lastSequence;
    progress.lastPosition = entry.position;
    progress.lastTsInit = entry.tsInit;
    progress.incarnation = entry.incarnation;
    context.progress = progress;
    event.reset(entry.payload);
    producer.beginBatch(event.symbols);
    for (let skipped = 0; skipped < entry.skipCount; skipped += 1) event.next();
    while (event.next()) {
      ids.producerSequence = sequence;
      producer.handleEvent();
      sequence += 1;
    }
    assert(sequence === lastSequence + 1, 'a batch holds another number of events than it says');
    rows.eventCount += entry.eventCount - entry.skipCount;
    producer.lastSequence = lastSequence;
    producer.incarnation = entry.incarnation;
  }

  #addProducer(id: bigint, name: string): ProducerProcessor {
    const producer = new ProducerProcessor(id, name, this.#options, this.#knowledge, this.#context);
    this.#producers.set(id, producer);
    return producer;
  }
}

function restoreProducer(producer: ProducerProcessor, state: Uint8Array): void {
  restore(`producer '${producer.name}'`, () => producer.restoreState(state));
}

function restore(whose: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The saved state of ${whose} cannot be used: ${error.message}. Bars go on only with the ` +
        'settings they were begun with: start with the --allowed-lateness-ms of before, or with ' +
        'the version of Feedmill that wrote the state.',
      { cause: error },
    );
  }
}
