import type { FeedEvent, Int64 } from '@feedmill/core/event';
import { increment } from '@feedmill/core/sequence/unsigned';
import { SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';

/** How far a channel has come. */
interface ChannelState {
  epoch: number;
  highest: Int64;
  /** Venue's time of the newest event. */
  tsEvent: bigint;
  /** Its numbers follow on each other, so that one that is missing can be told. */
  isChained: boolean;
  /** Nothing was received for a while since its last event. */
  isInterrupted: boolean;
}

/** The same of one line's part in it, within one epoch. */
interface LineState {
  epoch: number;
  highest: Int64;
  tsEvent: bigint;
}

/** What is kept of a channel over a restart. */
export interface KnownEpoch {
  readonly epoch: number;
  readonly highest: Int64;
  readonly tsEvent: bigint;
  readonly isChained: boolean;
}

/** Numbers that never came. */
export interface MissingRange {
  readonly firstMissing: Int64;
  readonly lastMissing: Int64;
}

/**
 * Tells a sequence that starts over from a message that comes late or twice, and gives each event
 * the epoch of its channel: 0, and one more whenever the numbers go back while the venue's time
 * goes on. Where the venue gives no time, a number below half of the highest is a new start.
 */
export class EpochTracker {
  readonly #channels = new Map<number, ChannelState>();
  readonly #lines: Map<number, LineState>[] = [];

  /** @param known what was kept of an earlier run, by channel */
  constructor(known: ReadonlyMap<number, KnownEpoch> = new Map()) {
    for (const [channelId, each] of known) {
      this.#channels.set(channelId, { ...each, isInterrupted: true });
    }
  }

  /** What a later run has to know. */
  known(): ReadonlyMap<number, KnownEpoch> {
    return this.#channels;
  }

  /** A new connection on a line: it may see a restart that the one before did not. */
  open(line: number): void {
    this.#lines[line] = new Map();
  }

  /** Nothing is received any more: each channel may be missing something when it goes on. */
  interrupt(): void {
    for (const channel of this.#channels.values()) channel.isInterrupted = true;
  }

  /**
   * The changes that never came and that a snapshot stands for, when it is the first of its channel
   * after an interruption; behind any other event the numbers themselves show what is missing. To
   * be asked before the event is taken.
   */
  replacedBy({ body, channelId = 0 }: FeedEvent): MissingRange | undefined {
    if (body.case !== 'bookSnapshot' && body.case !== 'bookDelta') return undefined;
    const channel = this.#channels.get(channelId);
    if (channel?.isInterrupted !== true) return undefined;
    channel.isInterrupted = false;
    if (body.case !== 'bookSnapshot' || !channel.isChained) return undefined;
    const { asOfSequence } = body.value;
    if (asOfSequence <= channel.highest) return undefined;
    return { firstMissing: increment(channel.highest), lastMissing: asOfSequence };
  }

  /** The event with its epoch. */
  take(event: FeedEvent, line: number): FeedEvent {
    const end = numberOf(event);
    if (end === undefined) return event;
    const channelId = event.channelId ?? 0;
    const channel = this.#channel(channelId, event, end);
    channel.isChained ||= isChained(event);
    const own = this.#line(line, channelId, channel);
    if (startsOver(event, end, own)) {
      // Another line may have seen it first.
      if (own.epoch === channel.epoch) {
        channel.epoch += 1;
        channel.highest = end;
      }
      own.epoch = channel.epoch;
      own.highest = end;
    }
    if (end > own.highest) own.highest = end;
    if (event.tsEvent > own.tsEvent) own.tsEvent = event.tsEvent;
    if (own.epoch === channel.epoch) {
      if (end > channel.highest) channel.highest = end;
      if (event.tsEvent > channel.tsEvent) channel.tsEvent = event.tsEvent;
    }
    return own.epoch === 0 ? event : { ...event, epoch: own.epoch };
  }

  /** An event that is not of a line, with the epoch that its channel is in. */
  stamp(event: FeedEvent): FeedEvent {
    if (numberOf(event) === undefined) return event;
    const epoch = this.#channels.get(event.channelId ?? 0)?.epoch ?? 0;
    return epoch === 0 ? event : { ...event, epoch };
  }

  #channel(channelId: number, { tsEvent }: FeedEvent, highest: Int64): ChannelState {
    let channel = this.#channels.get(channelId);
    if (channel === undefined) {
      channel = { epoch: 0, highest, tsEvent, isChained: false, isInterrupted: false };
      this.#channels.set(channelId, channel);
    }
    return channel;
  }

  #line(line: number, channelId: number, { epoch, highest, tsEvent }: ChannelState): LineState {
    const known = this.#lines[line] ?? new Map<number, LineState>();
    this.#lines[line] = known;
    let own = known.get(channelId);
    if (own === undefined) {
      own = { epoch, highest, tsEvent };
      known.set(channelId, own);
    }
    return own;
  }
}

/** Whether the numbers of such events follow on each other. */
export function isChained({ sequenceKind, sequence }: FeedEvent): boolean {
  const { DENSE, LINKED, RANGE } = SequenceKind;
  const isKind = sequenceKind === DENSE || sequenceKind === RANGE || sequenceKind === LINKED;
  return isKind && sequence !== undefined;
}

/** The number that an event brings its channel to; undefined where it has none that counts. */
function numberOf(event: FeedEvent): Int64 | undefined {
  const { body, sequence = 0, sequenceEnd = 0 } = event;
  if (isChained(event)) return sequenceEnd > sequence ? sequenceEnd : sequence;
  if (body.case !== 'bookSnapshot' || body.value.asOfSequence === 0) return undefined;
  return body.value.asOfSequence;
}

function startsOver(event: FeedEvent, end: Int64, own: LineState): boolean {
  if (end >= own.highest) return false;
  const isTimed =
    event.tsEventSource !== TsEventSource.RECV_FALLBACK && event.body.case !== 'bookSnapshot';
  if (isTimed) return event.tsEvent > own.tsEvent;
  return Number(end) < Number(own.highest) / 2;
}
