import { asSequence } from '@feedmill/core/brand';
import type { Clock, Timer } from '@feedmill/core/clock';
import { BatchWriter } from '@feedmill/core/wire/batch-writer';
import { ACK_SILENCE_MS_DEFAULT } from '@feedmill/producer/limits';
import type { EpochGuard } from '@feedmill/producer/sdk/epoch-guard';
import type {
  IngestStatus,
  IngestStream,
  IngestTransport,
} from '@feedmill/producer/sdk/ingest-transport';
import { frameBatch } from '@feedmill/producer/sdk/request-frame';
import type { WelcomeMessage, WorkerMessage } from '@feedmill/producer/sdk/worker-message';
import type { Chance } from '../kernel/chance.ts';
import type { PlannedFeed } from './planned-event.ts';

/** How often a batch begins with events that were sent before, and with how many at most. */
const OVERLAP_SHARE = 0.15;
const OVERLAP_EVENTS_MAX = 40;
/** How often a batch is left out, which the worker has to notice, and how long it may be. */
const GAP_SHARE = 0.05;
const GAP_EVENTS_MAX = 8;

/** What a session needs. */
export interface PlainSessionParts {
  readonly feed: PlannedFeed;
  readonly transport: IngestTransport;
  readonly epochs: EpochGuard;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly batchEventsMax: number;
  /** A worker serves the producer. */
  readonly onWelcome: () => void;
  /** Something became durable. */
  readonly onProgress: () => void;
}

/** A batch that is on its way. */
interface SentBatch {
  readonly lastSequence: number;
  readonly bytes: number;
}

/**
 * One stream of a client that keeps nothing of what it sent: it cuts its batches anew each time,
 * so that they overlap with those before, and now and then leaves one out, as far as the contract
 * allows it.
 */
export class PlainSession {
  readonly #parts: PlainSessionParts;
  readonly #stream: IngestStream;
  readonly #ended = Promise.withResolvers<IngestStatus>();
  readonly #writer = new BatchWriter();
  #welcome: WelcomeMessage | undefined;
  /** Sequence of the next event to send. */
  #next = 1;
  /** Behind a batch that was left out: where the worker will want to go back to. */
  #isBehindGap = false;
  #durableThrough = 0;
  #inFlight: SentBatch[] = [];
  #isWritable = true;
  #isOver = false;
  #timer: Timer | undefined;
  #heardMs: number;

  constructor(parts: PlainSessionParts, address: string, hello: Buffer) {
    this.#parts = parts;
    this.#heardMs = parts.clock.monotonicMs();
    this.#stream = parts.transport.open(address, {
      onMessage: (message) => this.#receive(message),
      onWritable: () => {
        this.#isWritable = true;
        this.#pump();
      },
      onEnd: (status) => this.#end(status),
    });
    this.#isWritable = this.#stream.send(hello);
    this.#watch();
  }

  /** Settles when the stream is over: OK when everything is committed. */
  get ended(): Promise<IngestStatus> {
    return this.#ended.promise;
  }

  cancel(details: string): void {
    this.#end({ code: 'CANCELLED', details });
    this.#stream.cancel();
  }

  #receive(message: WorkerMessage): void {
    if (this.#isOver) return;
    this.#heardMs = this.#parts.clock.monotonicMs();
    switch (message.kind) {
      case 'welcome':
        this.#begin(message);
        break;
      case 'ack':
        this.#acknowledged(message.durableThrough, message.committedThrough);
        break;
      case 'nack':
        this.#isBehindGap = false;
        this.#inFlight = this.#inFlight.filter(
          ({ lastSequence }) => lastSequence < message.expectedSequence,
        );
        this.#next = message.expectedSequence;
        break;
      case 'heartbeat':
    }
    this.#pump();
  }

  #begin(welcome: WelcomeMessage): void {
    const { epochs, chance, onWelcome } = this.#parts;
    if (!epochs.admits(welcome.shard, welcome.epoch)) {
      this.#end({ code: 'UNAVAILABLE', details: 'an older worker than one that was seen' });
      this.#stream.cancel();
      return;
    }
    this.#welcome = welcome;
    // It does not know what it sent before: it begins somewhat earlier, to be on the safe side.
    this.#next = welcome.resumeAfter + 1;
    if (chance.hit(0.7)) this.#goBack();
    onWelcome();
  }

  #acknowledged(durableThrough: number, committedThrough: number): void {
    if (durableThrough > this.#durableThrough) this.#parts.onProgress();
    this.#durableThrough = durableThrough;
    this.#inFlight = this.#inFlight.filter(({ lastSequence }) => lastSequence > durableThrough);
    if (committedThrough < this.#parts.feed.events.length) return;
    this.#stream.finish();
    this.#end({ code: 'OK', details: '' });
  }

  #goBack(): void {
    this.#next = Math.max(1, this.#next - this.#parts.chance.int(1, OVERLAP_EVENTS_MAX));
  }

  #pump(): void {
    const welcome = this.#welcome;
    if (welcome === undefined) return;
    const { chance } = this.#parts;
    while (!this.#isOver && this.#isWritable) {
      const due = this.#dueEvents();
      if (due === 0) break;
      let first = this.#next;
      const mayLeaveOut = !this.#isBehindGap && due > 1 && chance.hit(GAP_SHARE);
      if (mayLeaveOut) first += chance.int(1, Math.min(due - 1, GAP_EVENTS_MAX));
      const batch = this.#encode(first, welcome.batchBytesMax);
      const inFlightBytes = this.#inFlight.reduce((sum, { bytes }) => sum + bytes, 0);
      if (inFlightBytes > 0 && inFlightBytes + batch.bytes.length > welcome.bytesInFlightMax) break;
      if (mayLeaveOut) this.#isBehindGap = true;
      this.#inFlight.push({ lastSequence: batch.lastSequence, bytes: batch.bytes.length });
      this.#next = batch.lastSequence + 1;
      this.#isWritable = this.#stream.send(frameBatch(batch.bytes));
      if (!this.#isBehindGap && chance.hit(OVERLAP_SHARE)) this.#goBack();
    }
  }

  /** How many events from the next one on the feed has by now, a batch's worth at most. */
  #dueEvents(): number {
    const { feed, clock, batchEventsMax } = this.#parts;
    const nowMs = clock.monotonicMs();
    let due = 0;
    while (due < batchEventsMax + GAP_EVENTS_MAX) {
      const planned = feed.events[this.#next - 1 + due];
      if (planned === undefined || planned.dueMs > nowMs) break;
      due += 1;
    }
    return due;
  }

  /** A batch of any size from `first` on, of events that are due. */
  #encode(first: number, bytesMax: number): { bytes: Buffer; lastSequence: number } {
    const { feed, clock, chance, batchEventsMax } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (let count = chance.int(1, batchEventsMax); ; count = Math.ceil(count / 2)) {
      this.#writer.reset();
      const chosen = feed.events
        .slice(first - 1, first - 1 + count)
        .filter(({ dueMs }) => dueMs <= nowMs);
      for (const { event } of chosen) this.#writer.add(event);
      const bytes = Buffer.from(this.#writer.finish(asSequence(first)));
      if (bytes.length <= bytesMax || chosen.length === 1) {
        return { bytes, lastSequence: first + chosen.length - 1 };
      }
    }
  }

  /** Looks for events that came due, and whether the worker is still there. */
  #watch(): void {
    const { clock, chance } = this.#parts;
    this.#timer = clock.schedule(chance.between(1, 20), () => {
      const isAwaiting = this.#welcome === undefined || this.#inFlight.length > 0;
      if (!isAwaiting) this.#heardMs = clock.monotonicMs();
      if (clock.monotonicMs() - this.#heardMs > ACK_SILENCE_MS_DEFAULT) {
        this.cancel('the worker is silent');
        return;
      }
      this.#pump();
      this.#watch();
    });
  }

  #end(status: IngestStatus): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#timer !== undefined) this.#parts.clock.cancel(this.#timer);
    this.#ended.resolve(status);
  }
}
