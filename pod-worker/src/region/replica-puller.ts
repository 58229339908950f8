import { create } from '@bufbuild/protobuf';
import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import type { Clock, Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { RegionName, Register } from '@feedmill/core/region/register';
import { registerOfMessage } from '@feedmill/core/region/register-message';
import {
  type ReplicateRequest,
  ReplicateRequestSchema,
  type ReplicateResponse,
  type ReplicaWelcome,
} from '@feedmill/proto/feedmill/v1/replicate_pb';
import type { Journal } from '../journal/journal.ts';
import { entryHash } from '../journal/journal-entry.ts';
import type { WorkerLimits } from '../limits.ts';
import type { WorkerLog } from '../worker-deps.ts';
import { entriesOf } from './entry-batch.ts';
import type { PeerLink, PeerStream } from './region-links.ts';

export interface ReplicaPullerOptions {
  readonly clusterId: string;
  readonly shard: number;
  readonly me: RegionName;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly peer: PeerLink;
  readonly limits: WorkerLimits;
  readonly isCompressed: boolean;
  /** Newest epoch in which this region held everything, as its volume says. */
  readonly heldEpoch: () => Epoch;
  /** Both journals are the same through this position: what lies behind it here has to go. */
  readonly cutBack: (agreed: Position, forcedEpoch: Epoch) => Promise<void>;
  /** The journal is copied from the primary from here on. */
  readonly onFollowing: (agreed: Position) => void;
  /** Something came from the primary. */
  readonly onHeard: () => void;
  /** The primary says that everything acknowledged is here: to be noted for good. */
  readonly noteHeld: (epoch: Epoch) => Promise<void>;
  /** The old primary has made this region primary. */
  readonly onHandedOver: (register: Register) => void;
  readonly log: WorkerLog;
}

const RETRY_MS = 50;

/** The follower's side of replication: pulls the journal of the primary of one epoch. */
export class ReplicaPuller {
  readonly #options: ReplicaPullerOptions;
  #epoch: Epoch | undefined;
  #stream: PeerStream | undefined;
  /** Counts streams: what belongs to an earlier one is passed over. */
  #streams = 0;
  #retry: Timer | undefined;
  #handling: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isWelcome = false;
  #isPaused = false;
  #lastHash = 0n;
  #echoMs = 0;
  #saidOf = '';

  constructor(options: ReplicaPullerOptions) {
    this.#options = options;
  }

  /** Whether entries come in. */
  get isFollowing(): boolean {
    return this.#isWelcome;
  }

  /** Follows the primary of this epoch, until told otherwise. */
  follow(epoch: Epoch): void {
    if (this.#epoch === epoch) return;
    this.#leave();
    this.#epoch = epoch;
    this.#connect();
  }

  /** Follows nobody; resolves when nothing more is appended. */
  async stop(): Promise<void> {
    this.#epoch = undefined;
    this.#leave();
    await this.#handling;
  }

  /** Tells the primary what is durable here. */
  confirm(): void {
    if (!this.#isWelcome) return;
    const { journal, heldEpoch } = this.#options;
    if (this.#isPaused && !this.#mustPause()) {
      this.#isPaused = false;
      this.#stream?.resume();
    }
    this.#stream?.send(
      requestOf({
        case: 'durable',
        value: {
          position: BigInt(journal.durablePosition),
          echoMs: this.#echoMs,
          heldEpoch: heldEpoch(),
        },
      }),
    );
  }

  #leave(): void {
    this.#streams += 1;
    this.#isWelcome = false;
    this.#stream?.cancel();
    this.#stream = undefined;
    if (this.#retry !== undefined) this.#options.clock.cancel(this.#retry);
    this.#retry = undefined;
  }

  #connect(): void {
    this.#retry = undefined;
    const epoch = this.#epoch;
    if (epoch === undefined) return;
    this.#leave();
    const stream = this.#streams;
    this.#handling = this.#handling.then(async () => {
      // What an earlier stream appended has to be durable: it is part of what is held here.
      await this.#options.journal.drain();
      if (stream === this.#streams) this.#open(stream, epoch);
    });
  }

  #open(stream: number, epoch: Epoch): void {
    const { journal, peer, clusterId, shard, me, isCompressed } = this.#options;
    this.#isPaused = false;
    this.#echoMs = 0;
    this.#stream = peer.open({
      onMessage: (response) => {
        if (stream === this.#streams) this.#receive(stream, response);
      },
      onEnd: (code, details) => {
        if (stream === this.#streams) this.#ended(epoch, code, details);
      },
    });
    this.#stream.send(
      requestOf({
        case: 'start',
        value: {
          shard,
          clusterId,
          region: me,
          epoch,
          fromPosition: BigInt(journal.durablePosition + 1),
          previousHash: journal.lastHash,
          epochs: journal.epochs.map(({ epoch: each, first }) => ({
            epoch: each,
            firstPosition: BigInt(first),
          })),
          takesZstd: isCompressed,
        },
      }),
    );
  }

  #ended(epoch: Epoch, code: string, details: string): void {
    const { clock, log } = this.#options;
    const { isFollowing } = this;
    this.#leave();
    if (isFollowing || this.#saidOf !== details) {
      this.#saidOf = details;
      const text = `The other region's journal is not to be had: ${details}`;
      // That does not pass by itself.
      if (code === 'OUT_OF_RANGE') log.warn({ epoch, code }, text);
      else log.info({ epoch, code }, text);
    }
    this.#retry = clock.schedule(RETRY_MS, () => this.#connect());
  }

  /** Messages are handled one after another, though a cut among them takes its time. */
  #receive(stream: number, response: ReplicateResponse): void {
    this.#options.onHeard();
    const { case: kind } = response.response;
    // A heartbeat says that the primary lives, also while a cut or a full disk holds up the rest.
    if (kind === 'heartbeat') this.#echoMs = response.response.value.sentMs;
    // Only what waits for nothing before it is taken at once.
    if (kind === 'entries' && this.#waiting === 0 && this.#append(stream, response)) return;
    this.#waiting += 1;
    this.#handling = this.#handling
      .then(() => (stream === this.#streams ? this.#handle(stream, response) : undefined))
      .catch((error: unknown) => this.#failed(stream, FeedmillError.from(error)))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #handle(stream: number, { response }: ReplicateResponse): Promise<void> {
    const { onHandedOver, noteHeld, heldEpoch } = this.#options;
    switch (response.case) {
      case 'welcome':
        await this.#welcome(stream, response.value);
        return;
      case 'entries':
        this.#append(stream, { $typeName: 'feedmill.v1.ReplicateResponse', response });
        return;
      case 'heartbeat': {
        const epoch = asEpoch(response.value.epoch);
        if (response.value.holdsEverything && heldEpoch() < epoch) await noteHeld(epoch);
        this.confirm();
        return;
      }
      case 'handedOver':
        onHandedOver(registerOfMessage(response.value));
        return;
      case undefined:
    }
  }

  async #welcome(stream: number, welcome: ReplicaWelcome): Promise<void> {
    const { journal, cutBack, onFollowing, log } = this.#options;
    const agreed = asPosition(Number(welcome.agreedPosition));
    await cutBack(agreed, asEpoch(welcome.forcedEpoch));
    if (stream !== this.#streams) return;
    this.#lastHash = journal.lastHash;
    this.#isWelcome = true;
    this.#saidOf = '';
    log.info({ epoch: welcome.epoch, agreed }, 'Follows the other region.');
    onFollowing(agreed);
    this.confirm();
  }

  /** Appends entries; false where they have to wait for what came before. */
  #append(stream: number, { response }: ReplicateResponse): boolean {
    if (response.case !== 'entries' || !this.#isWelcome) return false;
    const { journal, limits } = this.#options;
    try {
      for (const { header, entry } of entriesOf(response.value, limits.replicaMessageBytesMax)) {
        if (journal.isEmpty && journal.unsyncedBytes === 0) {
          // An empty volume takes the chain as it comes: there is nothing that it could continue.
          const lastPosition = asPosition(entry.position - 1);
          journal.restartAfter({ lastPosition, lastHash: entry.previousHash, writeOffset: 0 });
          this.#lastHash = entry.previousHash;
        }
        const isNext = entry.position === journal.appendedPosition + 1;
        if (!isNext || entry.previousHash !== this.#lastHash) throw brokenChain(entry.position);
        this.#lastHash = entryHash(header);
        journal.appendCopy(header, entry.payload);
      }
    } catch (error) {
      this.#failed(stream, FeedmillError.from(error));
      return true;
    }
    if (!this.#isPaused && this.#mustPause()) {
      this.#isPaused = true;
      this.#stream?.pause();
    }
    return true;
  }

  #mustPause(): boolean {
    const { journal, limits } = this.#options;
    return journal.unsyncedBytes > limits.unsyncedBytesMax;
  }

  #failed(stream: number, error: FeedmillError): void {
    if (stream !== this.#streams) return;
    this.#options.log.error({ code: error.code }, error.message);
    const epoch = this.#epoch;
    if (epoch !== undefined) this.#ended(epoch, 'INTERNAL', error.message);
  }
}

const brokenChain = (position: Position): FeedmillError =>
  new FeedmillError(
    'JOURNAL_CORRUPT',
    `The entry at position ${position} of the other region does not continue this journal. ` +
      'Nothing of it was taken; it is asked for again.',
  );

const requestOf = (request: NonNullable<RequestInit>): ReplicateRequest =>
  create(ReplicateRequestSchema, { request });

type RequestInit = NonNullable<
  Exclude<Parameters<typeof create<typeof ReplicateRequestSchema>>[1], undefined>
>['request'];
