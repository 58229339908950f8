/** What a channel carries: venues number trades, quotes and depth apart. */
export const Channel = {
  /** The feed as a whole: status, definitions, corrections; without a venue sequence. */
  FEED: 0,
  TRADE: 1,
  QUOTE: 2,
  DEPTH: 3,
  NEWS: 4,
  /** Everything that one connection numbers together. */
  CONNECTION: 5,
} as const;

export type Channel = (typeof Channel)[keyof typeof Channel];

// Room for more kinds of channel without renumbering what is stored.
const CHANNELS_PER_INSTRUMENT = 8;
const CHANNEL_ID_MAX = 0xffff;

/** Instruments that one stream can tell apart by channel ids of 16 bits. */
export const INSTRUMENTS_PER_STREAM_MAX = (CHANNEL_ID_MAX + 1) / CHANNELS_PER_INSTRUMENT;

/**
 * Channel id of one instrument's sequence domain: where a venue numbers each symbol by itself,
 * two symbols may not share a channel, or each would look like a gap in the other.
 *
 * @param slot the instrument's place in the stream, from 0 in the order of first appearance
 */
export function channelId(slot: number, channel: Channel): number {
  return slot * CHANNELS_PER_INSTRUMENT + channel;
}
