import { create } from '@bufbuild/protobuf';
import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import { agreedPosition, type JournalOutline } from '@feedmill/core/region/epoch-ranges';
import type { RegionName, Register } from '@feedmill/core/region/register';
import { registerMessage } from '@feedmill/core/region/register-message';
import {
  type ReplicaStart,
  type ReplicateRequest,
  type ReplicateResponse,
  ReplicateResponseSchema,
} from '@feedmill/proto/feedmill/v1/replicate_pb';
import type { Refusal } from '../ingest/refusal.ts';
import type { WrittenEntry } from '../journal/group-commit.ts';
import type { Journal } from '../journal/journal.ts';
import type { WorkerLimits } from '../limits.ts';
import type { WorkerLog } from '../worker-deps.ts';
import { EntryShipper } from './entry-shipper.ts';
import type { ReplicaCall, ReplicaStream } from './region-links.ts';
import { regionRefusals } from './region-refusals.ts';

export interface ReplicaFeedOptions {
  readonly clusterId: string;
  readonly shard: number;
  readonly me: RegionName;
  readonly peer: RegionName;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly limits: WorkerLimits;
  readonly bytesPerSecondMax: number;
  readonly isCompressed: boolean;
  /** Whether the entries of an epoch were written here first. */
  readonly isOwn: (epoch: Epoch) => boolean;
  readonly onConfirmed: () => void;
  /** The follower holds entries that this region wrote itself and has lost. */
  readonly onOwnLoss: (epoch: Epoch, held: Position) => void;
  readonly log: WorkerLog;
}

/** What the feed says of the primary that it belongs to. */
export interface FeedPrimary {
  readonly epoch: Epoch;
  readonly epochStart: Position;
  readonly forcedEpoch: Epoch;
}

/** The primary's side of replication: one follower, served by one stream at a time. */
export class ReplicaFeed {
  readonly #options: ReplicaFeedOptions;
  #primary: FeedPrimary | undefined;
  #stream: FollowerStream | undefined;

  constructor(options: ReplicaFeedOptions) {
    this.#options = options;
  }

  /** What the follower holds, in this epoch; 0 while there is none. */
  get confirmed(): Position {
    return this.#stream?.confirmed ?? asPosition(0);
  }

  /** Newest epoch of which the follower has noted that it held everything. */
  get toldEpoch(): number {
    return this.#stream?.heldEpoch ?? 0;
  }

  /** When the newest heartbeat was sent that the follower has answered. */
  get heardMs(): number {
    return this.#stream?.heardMs ?? -Infinity;
  }

  get isConnected(): boolean {
    return this.#stream?.isWelcome === true;
  }

  /** Bytes that it lacks; Infinity where it is far behind, or not there. */
  get lagBytes(): number {
    return this.#stream?.lagBytes ?? Infinity;
  }

  /** Serves followers of this epoch. */
  begin(primary: FeedPrimary): void {
    this.end(regionRefusals.replaced(primary.epoch));
    this.#primary = primary;
  }

  /** Serves nobody any more. */
  end(refusal: Refusal): void {
    this.#primary = undefined;
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.end(refusal);
  }

  accept(call: ReplicaCall): ReplicaStream {
    const stream: FollowerStream = new FollowerStream(this.#options, call, (start) =>
      this.#welcome(stream, start),
    );
    return stream;
  }

  onDurable(written: readonly WrittenEntry[]): void {
    this.#stream?.onDurable(written);
  }

  heartbeat(acknowledged: Position, holdsEverything: boolean): void {
    const { journal, clock } = this.#options;
    const { epoch } = this.#primary ?? { epoch: asEpoch(0) };
    this.#stream?.send({
      case: 'heartbeat',
      value: {
        epoch,
        syncedPosition: BigInt(journal.durablePosition),
        acknowledgedPosition: BigInt(acknowledged),
        sentMs: clock.monotonicMs(),
        holdsEverything,
      },
    });
  }

  /** Tells the follower that the register names it now. */
  passOn(register: Register): void {
    this.#stream?.send({ case: 'handedOver', value: registerMessage(register) });
  }

  #welcome(stream: FollowerStream, start: ReplicaStart): FeedPrimary | Refusal {
    const { clusterId, shard, peer, me } = this.#options;
    const primary = this.#primary;
    if (start.clusterId !== clusterId || start.shard !== shard || start.region !== peer) {
      return regionRefusals.otherPair(start, { clusterId, shard, region: peer });
    }
    if (primary === undefined) return regionRefusals.notPrimaryFor(me, start.epoch);
    if (primary.epoch !== start.epoch) {
      return regionRefusals.otherEpoch(primary.epoch, start.epoch);
    }
    this.#stream?.end(regionRefusals.superseded());
    this.#stream = stream;
    return primary;
  }
}

type ResponseCase = Extract<Parameters<typeof responseOf>[0], { case: string }>;

const responseOf = (response: NonNullable<ReplicateResponseInit>): ReplicateResponse =>
  create(ReplicateResponseSchema, { response });

type ReplicateResponseInit = NonNullable<
  Exclude<Parameters<typeof create<typeof ReplicateResponseSchema>>[1], undefined>
>['response'];

/** One stream of a follower: awaits its start, then ships what it lacks. */
class FollowerStream implements ReplicaStream {
  readonly #options: ReplicaFeedOptions;
  readonly #call: ReplicaCall;
  readonly #onStart: (start: ReplicaStart) => FeedPrimary | Refusal;
  #shipper: EntryShipper | undefined;
  #isEnded = false;
  confirmed: Position = asPosition(0);
  heldEpoch = 0;
  heardMs = -Infinity;

  constructor(
    options: ReplicaFeedOptions,
    call: ReplicaCall,
    onStart: (start: ReplicaStart) => FeedPrimary | Refusal,
  ) {
    this.#options = options;
    this.#call = call;
    this.#onStart = onStart;
  }

  get isWelcome(): boolean {
    return this.#shipper !== undefined && !this.#isEnded;
  }

  get lagBytes(): number {
    return this.isWelcome ? (this.#shipper?.lagBytes ?? Infinity) : Infinity;
  }

  onMessage({ request }: ReplicateRequest): void {
    if (this.#isEnded) return;
    if (request.case === 'start' && this.#shipper === undefined) this.#start(request.value);
    else if (request.case === 'durable' && this.#shipper !== undefined) {
      const { position, echoMs, heldEpoch } = request.value;
      this.heldEpoch = heldEpoch;
      this.heardMs = Math.max(this.heardMs, echoMs);
      const confirmed = asPosition(Number(position));
      if (confirmed > this.confirmed) {
        this.confirmed = confirmed;
        this.#shipper.onConfirmed(confirmed);
      }
      this.#options.onConfirmed();
    } else this.end(regionRefusals.startFirst());
  }

  onWritable(): void {
    this.#shipper?.onWritable();
  }

  onClosed(): void {
    this.#isEnded = true;
    this.#shipper?.close();
  }

  onDurable(written: readonly WrittenEntry[]): void {
    if (!this.#isEnded) this.#shipper?.onDurable(written);
  }

  send(response: ResponseCase): void {
    if (this.isWelcome) this.#call.send(responseOf(response));
  }

  end(refusal: Refusal): void {
    if (this.#isEnded) return;
    this.onClosed();
    this.#call.refuse(refusal);
  }

  #start(start: ReplicaStart): void {
    const primary = this.#onStart(start);
    if ('code' in primary) {
      this.end(primary);
      return;
    }
    const { journal, limits, clock, bytesPerSecondMax, isCompressed, log } = this.#options;
    const theirs = outlineOf(start);
    const ours: JournalOutline = { ranges: journal.epochs, last: journal.durablePosition };
    const agreed = agreedPosition(ours, theirs);
    const lost = theirs.ranges.at(-1);
    if (lost !== undefined && theirs.last > agreed && this.#options.isOwn(lost.epoch)) {
      this.#options.onOwnLoss(lost.epoch, theirs.last);
      this.end(regionRefusals.ownLoss(lost.epoch));
      return;
    }
    if (agreed + 1 < journal.firstPosition) {
      this.end(regionRefusals.trimmed(asPosition(agreed + 1), journal.firstPosition));
      return;
    }
    log.info({ agreed, follower: theirs.last, epoch: primary.epoch }, 'The other region follows.');
    this.confirmed = agreed;
    this.heardMs = clock.monotonicMs();
    this.#shipper = new EntryShipper({
      clock,
      journal,
      call: this.#call,
      limits,
      takesZstd: start.takesZstd && isCompressed,
      bytesPerSecondMax,
      after: agreed,
      onFailure: (error) => this.end(regionRefusals.unreadable(error)),
    });
    this.send({
      case: 'welcome',
      value: {
        epoch: primary.epoch,
        agreedPosition: BigInt(agreed),
        epochPosition: BigInt(primary.epochStart),
        forcedEpoch: primary.forcedEpoch,
      },
    });
    this.#shipper.pump();
    this.#options.onConfirmed();
  }
}

function outlineOf({ epochs, fromPosition }: ReplicaStart): JournalOutline {
  return {
    ranges: epochs.map(({ epoch, firstPosition }) => ({
      epoch: asEpoch(epoch),
      first: asPosition(Number(firstPosition)),
    })),
    last: asPosition(Number(fromPosition) - 1),
  };
}
