import type { FeedEvent, Int64 } from '@feedmill/core/event';
import { SequenceKind, TsEventSource } from '@feedmill/proto/feedmill/v1/event_pb';

/** How far a channel has come. */
interface ChannelState {
  epoch: number;
  highest: Int64;
  /** Venue's time of the newest event. */
  tsEvent: bigint;
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
    for (const [channelId, each] of known) this.#channels.set(channelId, { ...each });
  }

  /** What a later run has to know. */
  known(): ReadonlyMap<number, KnownEpoch> {
    return this.#channels;
  }

  /** A new connection on a line: it may see a restart that the one before did not. */
  open(line: number): void {
    this.#lines[line] = new Map();
  }

  /** The event with its epoch. */
  take(event: FeedEvent, line: number): FeedEvent {
    const end = numberOf(event);
    if (end === undefined) return event;
    const channelId = event.channelId ?? 0;
    const channel = this.#channel(channelId, event, end);
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

  #channel(channelId: number, { tsEvent }: FeedEvent, highest: Int64): ChannelState {
    let channel = this.#channels.get(channelId);
    if (channel === undefined) {
      channel = { epoch: 0, highest, tsEvent };
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

/** The number that an event brings its channel to; undefined where it has none that counts. */
function numberOf({ body, sequenceKind, sequence, sequenceEnd = 0 }: FeedEvent): Int64 | undefined {
  switch (sequenceKind) {
    case SequenceKind.DENSE:
    case SequenceKind.RANGE:
    case SequenceKind.LINKED:
      if (sequence === undefined) return undefined;
      return sequenceEnd > sequence ? sequenceEnd : sequence;
    default:
      if (body.case !== 'bookSnapshot' || body.value.asOfSequence === 0) return undefined;
      return body.value.asOfSequence;
  }
}

function startsOver(event: FeedEvent, end: Int64, own: LineState): boolean {
  if (end >= own.highest) return false;
  const isTimed =
    event.tsEventSource !== TsEventSource.RECV_FALLBACK && event.body.case !== 'bookSnapshot';
  if (isTimed) return event.tsEvent > own.tsEvent;
  return Number(end) < Number(own.highest) / 2;
}
