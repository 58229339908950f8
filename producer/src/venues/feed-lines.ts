import { type FeedEvent, type FeedSymbol, Flag, type Int64 } from '@feedmill/core/event';
import type { SequenceGap } from '@feedmill/core/sequence/hole-list';
import { SequenceDomain, SequenceVerdict } from '@feedmill/core/sequence/sequence-domain';
import { increment } from '@feedmill/core/sequence/unsigned';
import { GapCause, GapRepair, SequenceKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { Arbiter } from './arbiter.ts';
import { BookKeeper } from './book-keeper.ts';
import { Channel } from './channels.ts';
import { EpochTracker, isChained, type KnownEpoch, type MissingRange } from './epoch-tracker.ts';
import { gapEvent } from './gap-event.ts';
import {
  REORDER_LINES_EVENTS_MAX,
  REORDER_MESSAGES_MAX,
  REORDER_WAIT_NANOS_MAX,
} from './limits.ts';
import { MessageMapper, mapAnswer } from './message-mapper.ts';
import { ReorderWindow } from './reorder-window.ts';
import {
  type Connection,
  type MessageProblems,
  newSession,
  type Venue,
  type VenueSession,
} from './venue-mapper.ts';

const MESSAGE_BOUNDS = { itemsMax: REORDER_MESSAGES_MAX, waitNanosMax: REORDER_WAIT_NANOS_MAX };
const LINES_BOUNDS = { itemsMax: REORDER_LINES_EVENTS_MAX, waitNanosMax: REORDER_WAIT_NANOS_MAX };

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
  /** What never came, and the event stands for. */
  readonly replaced?: MissingRange | undefined;
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
  readonly onBookLost?: (symbol: FeedSymbol) => void;
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
  /**
   * Of each channel with a book that has no numbers, the line that brings it: changes of several
   * lines cannot be put into one order without. It is the first that brings a snapshot.
   */
  readonly #bookLines = new Map<number, number>();
  /** Events of a numbered channel in order, over redundant lines. */
  readonly #windows = new Map<number, ReorderWindow<Single>>();
  /** Why something may be missing since the feed was interrupted. */
  #interruption: GapCause = GapCause.UNKNOWN;

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

  /** The line to ask for a snapshot of an instrument's book: the one that brings it, or any. */
  bookLineOf(symbol: FeedSymbol): number | undefined {
    const channelId = this.session.instruments.at(symbol).channel(Channel.DEPTH);
    return this.#bookLines.get(channelId) ?? this.#lines.keys().next().value;
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
      window: new ReorderWindow(MESSAGE_BOUNDS),
      numbers: new SequenceDomain(),
    });
  }

  /** The connection of a line has ended: what has waited for its messages waits no longer. */
  close(line: number): readonly FeedEvent[] {
    const known = this.#lines.get(line);
    if (known === undefined) return [];
    this.#lines.delete(line);
    this.#leaveBooks(line);
    const events = known.window.flush().flatMap((mapped) => this.#numbered(line, known, mapped));
    if (this.#lines.size > 0) return events;
    const waiting = [...this.#windows.values()].flatMap((window) => window.flush());
    return [...events, ...this.#keep(waiting)];
  }

  /**
   * Nothing is received any more. What a channel's next snapshot passes over then never came: the
   * gap is sent before it, and its repair behind it.
   */
  interrupt(cause: GapCause): void {
    this.#interruption = cause;
    this.#epochs.interrupt();
    this.#books.invalidateAll();
  }

  /** The books of a line that has ended: another may bring them from its next snapshot on. */
  #leaveBooks(line: number): void {
    for (const [channelId, owner] of this.#bookLines) {
      if (owner !== line) continue;
      this.#bookLines.delete(channelId);
      if (this.#lines.size > 0) this.#books.lose(channelId);
    }
  }

  /** Whether a book without numbers is this line's to bring. */
  #bringsBook({ body, channelId = 0 }: FeedEvent, line: number): boolean {
    const owner = this.#bookLines.get(channelId);
    if (owner !== undefined) return owner === line;
    // Changes before the first snapshot belong to nobody's book yet.
    if (body.case === 'bookSnapshot') this.#bookLines.set(channelId, line);
    return body.case === 'bookSnapshot';
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
    return events.flatMap((each) => {
      const replaced = this.#epochs.replacedBy(each);
      const event = this.#epochs.stamp(each);
      return this.#keepOne({ event, text, replaced }, GapRepair.REST);
    });
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
        const gaps = numbers.opened.map((gap) => this.#lineGap(known, gap, mapped.tsRecv));
        return [...gaps, ...this.#arbitrated(line, mapped)];
      }
      case SequenceVerdict.FILLS_GAP: {
        const late = mapped.events.map((event) => ({
          ...event,
          flags: (event.flags ?? 0) | Flag.OUT_OF_ORDER,
        }));
        const events = this.#arbitrated(line, { ...mapped, events: late });
        const repairs = numbers.repaired.map((gap) =>
          this.#lineGap(known, gap, mapped.tsRecv, GapRepair.RETRANSMIT),
        );
        return [...events, ...repairs];
      }
      default:
        return this.#arbitrated(line, mapped);
    }
  }

  #lineGap(
    { connection }: Line,
    { firstMissing, lastMissing }: SequenceGap,
    tsRecv: bigint,
    repairedBy: GapRepair = GapRepair.NONE,
  ): FeedEvent {
    const { feed } = this.session;
    const header = { symbol: feed, channelId: Channel.FEED, sessionId: connection.id };
    const range = { firstMissing, lastMissing };
    return gapEvent(header, range, GapCause.NETWORK, tsRecv, repairedBy);
  }

  #arbitrated(line: number, { events, text, tsRecv }: Mapped): readonly FeedEvent[] {
    const singles: Single[] = [];
    for (const each of events) {
      const replaced = this.#epochs.replacedBy(each);
      const event = this.#epochs.take(each, line);
      if (!this.#isRedundant) singles.push({ event, text, replaced });
      else if (isUnnumberedBook(event)) {
        if (this.#bringsBook(event, line)) singles.push({ event, text });
      } else if (isShared(event) || this.#arbiter.isFirst(event, line)) {
        singles.push(...this.#inOrder({ event, text, replaced }, tsRecv));
      } else this.session.problems.ignore('copy');
    }
    return this.#keep(singles);
  }

  /** One line may be ahead of another that has what the first has lost. */
  #inOrder(single: Single, tsRecv: bigint): Single[] {
    const { body, channelId = 0, epoch = 0, sequence = 0, sequenceEnd = 0 } = single.event;
    const { prevSequence = 0, sequenceKind } = single.event;
    const isLinked = sequenceKind === SequenceKind.LINKED;
    const asOf = body.case === 'bookSnapshot' ? body.value.asOfSequence : 0;
    const isNumbered = isChained(single.event);
    if (!isNumbered && asOf === 0) return [single];
    const key = channelId + epoch * 0x1_0000;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new ReorderWindow(LINES_BOUNDS);
      this.#windows.set(key, window);
    }
    if (!isNumbered) return [single, ...window.skipTo(asOf)];
    const first = isLinked ? increment(prevSequence) : sequence;
    const last = sequenceEnd > sequence ? sequenceEnd : sequence;
    return window.push(first, last, single, tsRecv);
  }

  #keep(singles: readonly Single[]): readonly FeedEvent[] {
    const [only] = singles;
    if (only !== undefined && singles.length === 1) return this.#keepOne(only);
    return singles.flatMap((single) => this.#keepOne(single));
  }

  #keepOne(
    { event, text, replaced }: Single,
    repairedBy: GapRepair = GapRepair.SNAPSHOT,
  ): readonly FeedEvent[] {
    const kept = this.#books.take(event, text);
    if (replaced === undefined) return kept;
    const { channelId = 0, epoch = 0, symbol, tsRecv } = event;
    const header = { symbol, channelId, epoch };
    const cause = this.#interruption;
    const gap = gapEvent(header, replaced, cause, tsRecv);
    const isRepaired = kept.some(({ body }) => body.case === 'bookSnapshot');
    if (!isRepaired) return [gap, ...kept];
    return [gap, ...kept, gapEvent(header, replaced, cause, tsRecv, repairedBy)];
  }
}

/** Events that every line makes for itself and that say nothing twice. */
const isShared = ({ body }: FeedEvent): boolean => body.case === 'definition';

/** A book, or a change of one, that only its own line can put in order. */
function isUnnumberedBook({ body, sequence }: FeedEvent): boolean {
  if (body.case === 'bookDelta') return sequence === undefined;
  return body.case === 'bookSnapshot' && body.value.asOfSequence === 0;
}
