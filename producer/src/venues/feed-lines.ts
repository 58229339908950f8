import { type FeedEvent, Flag, type Int64 } from '@feedmill/core/event';
import { type SequenceGap } from '@feedmill/core/sequence/hole-list';
import { SequenceDomain, SequenceVerdict } from '@feedmill/core/sequence/sequence-domain';
import { increment } from '@feedmill/core/sequence/unsigned';
import {
  GapCause,
  GapRepair,
  SequenceKind,
  TsEventSource,
} from '@feedmill/proto/feedmill/v1/event_pb';
import { Arbiter } from './arbiter.ts';
import { BookKeeper } from './book-keeper.ts';
import { Channel } from './channels.ts';
import { EpochTracker, type KnownEpoch } from './epoch-tracker.ts';
import { REORDER_MESSAGES_MAX, REORDER_WAIT_NANOS_MAX } from './limits.ts';
import { MessageMapper, mapAnswer } from './message-mapper.ts';
import { ReorderWindow } from './reorder-window.ts';
import {
  type Connection,
  type MessageProblems,
  newSession,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const BOUNDS = { itemsMax: REORDER_MESSAGES_MAX, waitNanosMax: REORDER_WAIT_NANOS_MAX };

/** The events of one message, and the message itself. */
interface Mapped {
  readonly events: readonly FeedEvent[];
  readonly text: string;
  readonly tsRecv: bigint;
}

/** One event, and the message that it is of. */
interface Single {
  readonly event: FeedEvent;
  readonly text: string;
}

/** A connection that is open. */
interface Line {
  readonly connection: Connection;
  readonly mapper: MessageMapper;
  /** Messages in the order of their numbers, where the venue numbers all of a connection. */
  readonly window: ReorderWindow<Mapped & { readonly number: Int64 }>;
  readonly numbers: SequenceDomain;
}

export interface FeedLinesOptions {
  /** Several lines may bring the same. */
  readonly isRedundant: boolean;
  /** Told of an instrument whose book is wrong until its next snapshot. */
  readonly onBookLost?: (symbol: FeedEvent['symbol']) => void;
  /** Of an earlier run of the feed. */
  readonly epochs?: ReadonlyMap<number, KnownEpoch>;
}

/**
 * One feed out of the messages of its connections: mapped, in order, each event once although
 * several lines bring it, with its epoch, and with books that fit. Captures and live connectors
 * both read through it. It keeps no clock: times are those at which messages were received.
 */
export class FeedLines {
  readonly session: VenueSession;
  readonly #venue: Venue;
  readonly #isRedundant: boolean;
  readonly #lines = new Map<number, Line>();
  readonly #arbiter = new Arbiter();
  readonly #books: BookKeeper;
  readonly #epochs: EpochTracker;
  /** Events of a numbered channel in order, over redundant lines. */
  readonly #windows = new Map<number, ReorderWindow<Single>>();

  constructor(venue: Venue, problems: MessageProblems, options: FeedLinesOptions) {
    this.#venue = venue;
    this.#isRedundant = options.isRedundant;
    this.session = newSession(venue, problems);
    this.#epochs = new EpochTracker(options.epochs);
    this.#books = new BookKeeper(this.session, {
      checksum: venue.checksum,
      quotesFromBook: venue.quotesFromBook,
      onLost: options.onBookLost ?? (() => undefined),
    });
  }

  get books(): BookKeeper {
    return this.#books;
  }

  get epochs(): EpochTracker {
    return this.#epochs;
  }

  /** A connection has opened on a line, in place of the one before. */
  open(line: number, connection: Connection): void {
    this.#epochs.open(line);
    this.#lines.set(line, {
      connection,
      mapper: new MessageMapper(this.#venue, this.session, connection),
      window: new ReorderWindow(BOUNDS),
      numbers: new SequenceDomain(),
    });
  }

  /** The connection of a line has ended: what has waited for its messages waits no longer. */
  close(line: number): readonly FeedEvent[] {
    const known = this.#lines.get(line);
    if (known === undefined) return [];
    this.#lines.delete(line);
    const events = known.window.flush().flatMap((mapped) => this.#numbered(line, known, mapped));
    if (this.#lines.size > 0) return events;
    const waiting = [...this.#windows.values()].flatMap((window) => window.flush());
    return [...events, ...this.#keep(waiting)];
  }

  /** The events of one message of a line that is open. */
  message(line: number, text: string, tsRecv: bigint): readonly FeedEvent[] {
    const known = this.#lines.get(line);
    if (known === undefined) return [];
    const events = known.mapper.map(text, tsRecv);
    const { number } = known.mapper;
    if (number === undefined) return this.#arbitrated(line, { events, text, tsRecv });
    const mapped = { events, text, tsRecv, number };
    return known.window
      .push(number, number, mapped, tsRecv)
      .flatMap((each) => this.#numbered(line, known, each));
  }

  /** The events of a REST answer. */
  answer(url: string, text: string, tsRecv: bigint): readonly FeedEvent[] {
    const events = mapAnswer(this.#venue, this.session, url, text, tsRecv);
    return events.flatMap((event) => this.#books.take(event, text));
  }

  /** What has waited long enough for messages that have not come. */
  expire(tsRecv: bigint): readonly FeedEvent[] {
    const events: FeedEvent[] = [];
    for (const [line, known] of this.#lines) {
      const late = known.window.expire(tsRecv);
      events.push(...late.flatMap((mapped) => this.#numbered(line, known, mapped)));
    }
    for (const window of this.#windows.values()) {
      events.push(...this.#keep(window.expire(tsRecv)));
    }
    return events;
  }

  /** A message of a connection whose messages are all numbered: what is missing is a gap. */
  #numbered(
    line: number,
    known: Line,
    mapped: Mapped & { readonly number: Int64 },
  ): readonly FeedEvent[] {
    const { numbers } = known;
    switch (numbers.observe(SequenceKind.DENSE, mapped.number)) {
      case SequenceVerdict.DUPLICATE:
        this.session.problems.ignore('copy');
        return [];
      case SequenceVerdict.GAP: {
        this.#books.invalidateAll();
        const gaps = this.#gapEvents(known, numbers.opened, GapRepair.NONE, mapped.tsRecv);
        return [...gaps, ...this.#arbitrated(line, mapped)];
      }
      case SequenceVerdict.FILLS_GAP: {
        const late = mapped.events.map((event) => ({
          ...event,
          flags: (event.flags ?? 0) | Flag.OUT_OF_ORDER,
        }));
        const events = this.#arbitrated(line, { ...mapped, events: late });
        const { repaired } = numbers;
        const repairs = this.#gapEvents(known, repaired, GapRepair.RETRANSMIT, mapped.tsRecv);
        return [...events, ...repairs];
      }
      default:
        return this.#arbitrated(line, mapped);
    }
  }

  #gapEvents(
    { connection }: Line,
    gaps: readonly SequenceGap[],
    repairedBy: GapRepair,
    tsRecv: bigint,
  ): FeedEvent[] {
    return gaps.map(({ firstMissing, lastMissing }) => ({
      symbol: this.session.feed,
      tsEvent: tsRecv,
      tsEventSource: TsEventSource.RECV_FALLBACK,
      tsRecv,
      channelId: Channel.FEED,
      sessionId: connection.id,
      body: {
        case: 'gap',
        value: {
          firstMissing: BigInt(firstMissing),
          lastMissing: BigInt(lastMissing),
          cause: GapCause.NETWORK,
          repairedBy,
          tsDetected: tsRecv,
          tsRepaired: repairedBy === GapRepair.NONE ? 0n : tsRecv,
        },
      },
    }));
  }

  #arbitrated(line: number, { events, text, tsRecv }: Mapped): readonly FeedEvent[] {
    const singles: Single[] = [];
    for (const each of events) {
      const event = this.#epochs.take(each, line);
      if (!this.#isRedundant) singles.push({ event, text });
      else if (isShared(event) || this.#arbiter.isFirst(event, line)) {
        singles.push(...this.#inOrder({ event, text }, tsRecv));
      } else this.session.problems.ignore('copy');
    }
    return this.#keep(singles);
  }

  /** One line may be ahead of another that has what the first has lost. */
  #inOrder(single: Single, tsRecv: bigint): Single[] {
    const { channelId = 0, epoch = 0, sequence, sequenceEnd = 0 } = single.event;
    const { prevSequence = 0, sequenceKind } = single.event;
    const isLinked = sequenceKind === SequenceKind.LINKED;
    const isChained = sequenceKind === SequenceKind.DENSE || sequenceKind === SequenceKind.RANGE;
    if (sequence === undefined || !(isLinked || isChained)) return [single];
    const first = isLinked ? increment(prevSequence) : sequence;
    const last = sequenceEnd > sequence ? sequenceEnd : sequence;
    const key = channelId + epoch * 0x1_0000;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new ReorderWindow(BOUNDS);
      this.#windows.set(key, window);
    }
    return window.push(first, last, single, tsRecv);
  }

  #keep(singles: readonly Single[]): readonly FeedEvent[] {
    const [only] = singles;
    if (only !== undefined && singles.length === 1) return this.#books.take(only.event, only.text);
    return singles.flatMap(({ event, text }) => this.#books.take(event, text));
  }
}

/** Events that every line makes for itself and that say nothing twice. */
const isShared = ({ body }: FeedEvent): boolean => body.case === 'definition';
