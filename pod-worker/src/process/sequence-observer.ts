import { Flag, type Int64 } from '@feedmill/core/event';
import { DOMAIN_KEYS_MAX } from '@feedmill/core/limits';
import type { SequenceGap } from '@feedmill/core/sequence/hole-list';
import { SequenceVerdict } from '@feedmill/core/sequence/sequence-domain';
import { SequenceDomains } from '@feedmill/core/sequence/sequence-domains';
import type { StateReader } from '@feedmill/core/state/state-reader';
import type { StateWriter } from '@feedmill/core/state/state-writer';
import { bigintFromHalves, uint64FromHalves } from '@feedmill/core/wire/int64-halves';
import {
  type Gap,
  GapCause,
  GapRepair,
  type SequenceKind,
} from '@feedmill/proto/feedmill/v1/event_pb';
import type { EventContext } from './event-context.ts';
import type { FeedCondition } from './feed-condition.ts';

const TWO_32 = 4_294_967_296;
/** The channel carries several instruments: a gap may have hit any of them. */
const SEVERAL = -1;

interface Channel {
  /** The text that its domains are found by, made once. */
  readonly key: string;
  /** Index of the only instrument seen on it, or SEVERAL. */
  instrument: number;
  /** Event time of the last event, where a gap begins. */
  lastSeconds: number;
  /** What the feed said has happened since then, should the next event show a gap. */
  cause: GapCause;
}

/** Turns what the venue's sequence says into flags, gap rows and marks on bars. */
export class SequenceObserver {
  #domains = new SequenceDomains();
  /** By publisher and channel. */
  readonly #channels = new Map<number, Channel>();

  /** Takes the event's sequence; false where the event is a copy of one that was seen. */
  observe(context: EventContext, condition: FeedCondition): boolean {
    const { event, ids } = context;
    const channel = this.#channel(context);
    const domain = this.#domains.find(channel.key, event.sessionId, event.epoch);
    const verdict = domain.observe(
      event.sequenceKind as SequenceKind,
      uint64FromHalves(event.sequenceHi, event.sequenceLo),
      uint64FromHalves(event.sequenceEndHi, event.sequenceEndLo),
      uint64FromHalves(event.prevSequenceHi, event.prevSequenceLo),
    );
    switch (verdict) {
      case SequenceVerdict.IN_ORDER:
        break;
      case SequenceVerdict.DUPLICATE:
        context.progress.duplicateEvents += 1;
        return false;
      case SequenceVerdict.GAP:
        ids.flags |= Flag.AFTER_GAP;
        for (const gap of domain.opened) {
          context.progress.gaps += 1;
          writeGap(context, channel, gap, GapRepair.NONE);
        }
        condition.gap(
          channel.instrument === SEVERAL ? undefined : context.instrument,
          Math.min(channel.lastSeconds, context.seconds),
          context.seconds,
        );
        break;
      case SequenceVerdict.FILLS_GAP:
        ids.flags |= Flag.OUT_OF_ORDER;
        for (const gap of domain.repaired) writeGap(context, channel, gap, GapRepair.RETRANSMIT);
        break;
      case SequenceVerdict.REORDERED:
      case SequenceVerdict.REGRESSION:
        ids.flags |= Flag.OUT_OF_ORDER;
    }
    channel.lastSeconds = context.seconds;
    channel.cause = GapCause.UNKNOWN;
    return true;
  }

  /** A snapshot repairs what it contains. */
  resync(context: EventContext, asOfSequence: bigint): void {
    const { event } = context;
    const channel = this.#channel(context);
    const domain = this.#domains.find(channel.key, event.sessionId, event.epoch);
    const through = asOfSequence <= Number.MAX_SAFE_INTEGER ? Number(asOfSequence) : asOfSequence;
    domain.resync(through);
    for (const gap of domain.repaired) writeGap(context, channel, gap, GapRepair.SNAPSHOT);
  }

  /** What the producer says has happened to its feed: the cause of a gap across this moment. */
  explain(cause: GapCause): void {
    if (cause === GapCause.UNSPECIFIED) return;
    for (const channel of this.#channels.values()) channel.cause = cause;
  }

  /** A gap that the producer reports itself, or the repair of one that it has reported. */
  report(context: EventContext, gap: Gap, condition: FeedCondition): void {
    const { event, ids } = context;
    const isRepaired = gap.repairedBy !== GapRepair.NONE && gap.tsRepaired !== 0n;
    if (!isRepaired) context.progress.gaps += 1;
    // The next event will show the same gap, of which the producer knows more.
    if (gap.cause !== GapCause.UNSPECIFIED) this.#channel(context).cause = gap.cause;
    const count = gap.lastMissing - gap.firstMissing + 1n;
    context.rows.gaps.push({
      producerId: context.progress.producerId,
      instrumentId: context.instrument?.known.id ?? 0n,
      channelId: event.channelId,
      epoch: event.epoch,
      sessionId: event.sessionId,
      firstMissing: gap.firstMissing,
      lastMissing: gap.lastMissing,
      missingCount: count,
      repairedCount: isRepaired ? count : 0,
      cause: gap.cause,
      repairedBy: gap.repairedBy,
      tsDetected: gap.tsDetected === 0n ? eventTime(context) : gap.tsDetected,
      tsRepaired: isRepaired ? gap.tsRepaired : undefined,
      producerSequence: ids.producerSequence,
      isReported: true,
    });
    condition.gap(context.instrument, context.seconds);
  }

  writeState(writer: StateWriter): void {
    this.#domains.writeState(writer);
    writer.varint(this.#channels.size);
    for (const [number, channel] of this.#channels) {
      writer.integer(number);
      writer.text(channel.key);
      writer.integer(channel.instrument);
      writer.integer(channel.lastSeconds);
      writer.varint(channel.cause);
    }
  }

  /** @throws StateError where the bytes are no such state */
  static readState(reader: StateReader): SequenceObserver {
    const observer = new SequenceObserver();
    observer.#domains = SequenceDomains.readState(reader);
    for (let left = reader.count(4); left > 0; left -= 1) {
      observer.#channels.set(Number(reader.integer()), {
        key: reader.text(),
        instrument: Number(reader.integer()),
        lastSeconds: Number(reader.integer()),
        cause: reader.varint() as GapCause,
      });
    }
    return observer;
  }

  #channel(context: EventContext): Channel {
    const { event, ids } = context;
    const number = ids.publisherId * TWO_32 + event.channelId;
    const instrument = context.instrument?.windows.index ?? SEVERAL;
    let channel = this.#channels.get(number);
    if (channel === undefined) {
      const key = `${ids.publisherId}/${event.channelId}`;
      channel = { key, instrument, lastSeconds: context.seconds, cause: GapCause.UNKNOWN };
      if (this.#channels.size < DOMAIN_KEYS_MAX) this.#channels.set(number, channel);
    } else if (channel.instrument !== instrument) {
      channel.instrument = SEVERAL;
    }
    return channel;
  }
}

function writeGap(
  context: EventContext,
  channel: Channel,
  gap: SequenceGap,
  repair: GapRepair,
): void {
  const { event, ids } = context;
  const count = countOf(gap.firstMissing, gap.lastMissing);
  const repaired = repair === GapRepair.NONE ? 0n : count - BigInt(gap.missing);
  context.rows.gaps.push({
    producerId: context.progress.producerId,
    // A number that several instruments share says nothing about which of them is missing one.
    instrumentId: channel.instrument === SEVERAL ? 0n : (context.instrument?.known.id ?? 0n),
    channelId: event.channelId,
    epoch: event.epoch,
    sessionId: event.sessionId,
    firstMissing: gap.firstMissing,
    lastMissing: gap.lastMissing,
    missingCount: count,
    repairedCount: repaired,
    // A repair leaves the cause that the gap was found with.
    cause: repair === GapRepair.NONE ? channel.cause : GapCause.UNSPECIFIED,
    repairedBy: repair,
    tsDetected: eventTime(context),
    tsRepaired: repair === GapRepair.NONE ? undefined : eventTime(context),
    producerSequence: ids.producerSequence,
    isReported: false,
  });
}

const countOf = (first: Int64, last: Int64): bigint => BigInt(last) - BigInt(first) + 1n;

function eventTime(context: EventContext): bigint {
  return bigintFromHalves(context.event.tsEventHi, context.event.tsEventLo);
}
