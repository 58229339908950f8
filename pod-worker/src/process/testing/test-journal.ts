import { asPosition, asSequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import {
  packReference,
  type ReferenceContent,
  type ReferenceKind,
} from '@feedmill/core/reference/reference-set';
import { stableId } from '@feedmill/core/stable-id';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { EntryKind, type JournalEntry } from '../../journal/journal-entry.ts';
import { RowBatch } from '../../sink/row-batch.ts';
import { encodeAdoption } from '../adoption.ts';
import { encodeReference } from '../reference-version.ts';
import { ShardProcessor } from '../shard-processor.ts';
import {
  DEFAULT_SETTINGS,
  encodeSettings,
  modelName,
  type ShardSettings,
} from '../shard-settings.ts';
import { DAY, journalEntry } from './processed-rows.ts';

const NANOS_PER_MS = 1_000_000n;

/** A journal that is written and processed entry by entry. It begins with the producer 'p'. */
export class TestJournal {
  processor: ShardProcessor;
  /** Of the entries since the last call of `send` or `clear`. */
  rows = new RowBatch();
  /** Time of the next entry, ns. */
  tsInit = DAY;
  readonly #model: SentimentModel | undefined;
  readonly #sequences = new Map<string, number>();
  #position = 0;

  constructor(model?: SentimentModel) {
    this.#model = model;
    this.processor = this.#newProcessor();
    this.adopt('p');
  }

  adopt(name: string): void {
    const adoption = { name, lastSequence: 0, incarnation: 1n, state: new Uint8Array(0) };
    this.#process(EntryKind.ADOPT, encodeAdoption(adoption), { producerId: stableId(name) });
  }

  release(name: string): void {
    this.#process(EntryKind.RELEASE, Buffer.alloc(0), { producerId: stableId(name) });
  }

  load<Kind extends ReferenceKind>(
    kind: Kind,
    version: number,
    content: ReferenceContent<Kind>,
  ): void {
    const packed = packReference(kind, content);
    const reference = { kind, version, source: 'test', tsLoaded: 5n, content: packed };
    this.#process(EntryKind.REFERENCE, encodeReference(reference));
  }

  settings(changes: Partial<ShardSettings> & { readonly model?: SentimentModel }): void {
    const { model, ...settings } = changes;
    const sentimentModel = modelName(model);
    const payload = encodeSettings({ ...DEFAULT_SETTINGS, sentimentModel, ...settings }, 0);
    this.#process(EntryKind.EPOCH, payload);
  }

  /** Events of 'p'. */
  send(...events: FeedEvent[]): RowBatch {
    return this.sendOf('p', ...events);
  }

  sendOf(name: string, ...events: FeedEvent[]): RowBatch {
    this.clear();
    const writer = new BatchWriter();
    for (const each of events) writer.add(each);
    const firstSequence = (this.#sequences.get(name) ?? 0) + 1;
    this.#sequences.set(name, firstSequence + events.length - 1);
    const payload = Buffer.from(writer.finish(asSequence(firstSequence)));
    const eventCount = events.length;
    const producerId = stableId(name);
    this.#process(EntryKind.BATCH, payload, { producerId, firstSequence, eventCount });
    return this.rows;
  }

  /** Time passes. */
  wait(ms: number): void {
    this.tsInit += BigInt(ms) * NANOS_PER_MS;
  }

  clear(): void {
    this.rows = new RowBatch();
    this.rows.reset(asPosition(this.#position));
  }

  /** Goes on with a processor that was given nothing but the checkpoint. */
  restart(model = this.#model): void {
    const checkpoint = this.processor.checkpoint();
    this.processor = this.#newProcessor(model);
    this.processor.restore(checkpoint);
  }

  /** Goes on with what a checkpoint says of all producers but one, as after a lost journal. */
  restartWithout(name: string): void {
    const { position, shardState, producers } = this.processor.checkpoint();
    const left = producers.filter((producer) => producer.name !== name);
    this.processor = this.#newProcessor();
    this.processor.restore({ position, shardState, producers: left });
  }

  #newProcessor(sentimentModel = this.#model): ShardProcessor {
    return new ShardProcessor({ storeBookDeltas: true, allowedLatenessMs: 0, sentimentModel });
  }

  #process(kind: EntryKind, payload: Buffer, changes: Partial<JournalEntry> = {}): void {
    this.#position += 1;
    this.processor.process(
      {
        ...journalEntry(this.#position, kind, 0, payload),
        tsInit: this.tsInit,
        ...changes,
        position: asPosition(this.#position),
      },
      this.rows,
    );
  }
}
