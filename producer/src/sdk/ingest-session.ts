import type { Clock, Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { CLOSE_TIMEOUT_MS } from '../limits.ts';
import type { EpochGuard } from './epoch-guard.ts';
import type { IngestStatus, IngestStream, IngestTransport } from './ingest-transport.ts';
import type { Publication } from './publication.ts';
import type { WelcomeMessage, WorkerMessage } from './worker-message.ts';

/** How a session ended: with a status, after which it may be tried again, or for good. */
export type SessionEnd =
  | { readonly kind: 'status'; readonly status: IngestStatus }
  | { readonly kind: 'fatal'; readonly error: FeedmillError };

export interface SessionParts {
  readonly transport: IngestTransport;
  readonly clock: Clock;
  readonly publication: Publication;
  readonly epochs: EpochGuard;
  /** Longest silence of the worker while something is awaited from it, in milliseconds. */
  readonly ackSilenceMs: number;
  readonly onWelcome: (welcome: WelcomeMessage) => void;
  /** Something became durable or committed. */
  readonly onProgress: () => void;
  readonly onNack: (reason: string) => void;
}

/**
 * - greeting: Hello is sent, Welcome is awaited; nothing else may be sent.
 * - streaming: batches go up as credit and stream allow, acknowledgements come down.
 * - ended: nothing happens any more.
 */
type SessionState = 'greeting' | 'streaming' | 'ended';

/** One Publish stream from Hello to its end. */
export class IngestSession {
  readonly #parts: SessionParts;
  readonly #address: string;
  readonly #stream: IngestStream;
  readonly #ended = Promise.withResolvers<SessionEnd>();
  #state: SessionState = 'greeting';
  #writable = true;
  #heardMs: number;
  /** The worker sends heartbeats: its silence tells something also while nothing is awaited. */
  #isBeating = false;
  #silenceTimer: Timer | undefined;
  #lingerTimer: Timer | undefined;
  #finishTimer: Timer | undefined;

  /** @param hello a serialized PublishRequest */
  constructor(parts: SessionParts, address: string, hello: Buffer) {
    this.#parts = parts;
    this.#address = address;
    this.#heardMs = parts.clock.monotonicMs();
    this.#stream = parts.transport.open(address, {
      onMessage: (message) => this.#receive(message),
      onWritable: () => {
        this.#writable = true;
        this.pump();
      },
      onEnd: (status) => this.#end({ kind: 'status', status }),
    });
    this.#writable = this.#stream.send(hello);
    this.#watchSilence(parts.ackSilenceMs);
  }

  /** Settles when the stream has ended; never rejects. */
  get ended(): Promise<SessionEnd> {
    return this.#ended.promise;
  }

  /** Sends what may be sent. */
  pump(): void {
    // Nothing may follow the end that was sent.
    if (this.#state !== 'streaming' || this.#finishTimer !== undefined) return;
    const { publication, clock } = this.#parts;
    while (this.#writable) {
      const nowMs = clock.monotonicMs();
      const wasIdle = !publication.awaitsAck;
      const batch = publication.nextToSend(nowMs);
      if (batch === undefined) break;
      // The worker's silence counts from when there was something to answer.
      if (wasIdle) this.#heardMs = nowMs;
      this.#writable = this.#stream.send(batch.request);
    }
    this.#armLinger();
  }

  /** Ends the stream in good order, or after CLOSE_TIMEOUT_MS without it. */
  finish(): void {
    if (this.#state === 'ended' || this.#finishTimer !== undefined) return;
    this.#stream.finish();
    this.#finishTimer = this.#parts.clock.schedule(CLOSE_TIMEOUT_MS, () => {
      const details = 'the worker did not answer the end of the stream';
      this.#giveUp({ kind: 'status', status: { code: 'CANCELLED', details } });
    });
  }

  #receive(message: WorkerMessage): void {
    if (this.#state === 'ended') return;
    this.#heardMs = this.#parts.clock.monotonicMs();
    try {
      this.#apply(message);
    } catch (error) {
      this.#giveUp({ kind: 'fatal', error: FeedmillError.from(error) });
      return;
    }
    this.pump();
  }

  #apply(message: WorkerMessage): void {
    const { publication, onProgress, onNack } = this.#parts;
    if ((message.kind === 'welcome') !== (this.#state === 'greeting')) {
      const details = `the worker at ${this.#address} sent ${message.kind} while ${this.#state}`;
      this.#giveUp({ kind: 'status', status: { code: 'INTERNAL', details } });
      return;
    }
    if (message.kind === 'welcome') {
      this.#welcome(message);
      return;
    }
    if (message.kind === 'ack') {
      publication.acknowledge(message, this.#heardMs);
      onProgress();
      return;
    }
    if (message.kind === 'heartbeat') {
      this.#isBeating = true;
      return;
    }
    onNack(message.reason);
    publication.rewind(message);
  }

  #welcome(welcome: WelcomeMessage): void {
    const { epochs, publication, onWelcome, onProgress } = this.#parts;
    const { shard, epoch } = welcome;
    if (!epochs.admits(shard, epoch)) {
      const details =
        `the worker at ${this.#address} holds shard ${shard} with epoch ${epoch}, but epoch ` +
        `${epochs.highest(shard)} was seen; it has been replaced and gets nothing`;
      this.#giveUp({ kind: 'status', status: { code: 'UNAVAILABLE', details } });
      return;
    }
    publication.resume(welcome, this.#heardMs);
    this.#state = 'streaming';
    onWelcome(welcome);
    onProgress();
  }

  #armLinger(): void {
    const { clock, publication } = this.#parts;
    const endsMs = publication.lingerEndsMs;
    if (endsMs === undefined || this.#lingerTimer !== undefined) return;
    const waitMs = endsMs - clock.monotonicMs();
    // Due already: it waits for an acknowledgement, not for its age.
    if (waitMs <= 0) return;
    this.#lingerTimer = clock.schedule(waitMs, () => {
      this.#lingerTimer = undefined;
      this.pump();
    });
  }

  #watchSilence(delayMs: number): void {
    const { clock, ackSilenceMs, publication } = this.#parts;
    this.#silenceTimer = clock.schedule(delayMs, () => {
      const silentMs = clock.monotonicMs() - this.#heardMs;
      const waiting = this.#state === 'greeting' || publication.awaitsAck || this.#isBeating;
      if (!waiting) {
        this.#watchSilence(ackSilenceMs);
      } else if (silentMs < ackSilenceMs) {
        this.#watchSilence(ackSilenceMs - silentMs);
      } else {
        const details = `the worker at ${this.#address} was silent for ${Math.round(silentMs)} ms`;
        this.#giveUp({ kind: 'status', status: { code: 'DEADLINE_EXCEEDED', details } });
      }
    });
  }

  #giveUp(end: SessionEnd): void {
    this.#end(end);
    this.#stream.cancel();
  }

  #end(end: SessionEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    for (const timer of [this.#silenceTimer, this.#lingerTimer, this.#finishTimer]) {
      if (timer !== undefined) this.#parts.clock.cancel(timer);
    }
    this.#ended.resolve(end);
  }
}
