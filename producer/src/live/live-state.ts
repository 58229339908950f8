import type { FeedSymbol } from '@feedmill/core/event';
import type { KnownEpoch } from '../venues/epoch-tracker.ts';

/**
 * What a start of a live feed must know of the one before, so that the numbers of its channels go
 * on: which channel belongs to which instrument, and how far each has come.
 */
export interface LiveState {
  /** Session of all numbers; another one where nothing is known any more. */
  readonly session: string;
  /** Instruments in the order of their places. */
  readonly places: readonly FeedSymbol[];
  readonly epochs: ReadonlyMap<number, KnownEpoch>;
}

const FORMAT = 1;

type SavedEpoch = [number, number, string, string, boolean];

export function encodeLiveState({ session, places, epochs }: LiveState): string {
  return JSON.stringify({
    format: FORMAT,
    session,
    places: places.map(({ publisherId, venue, rawSymbol }) => [publisherId, venue, rawSymbol]),
    epochs: [...epochs].map(([channelId, { epoch, highest, tsEvent, isChained }]) => [
      channelId,
      epoch,
      String(highest),
      String(tsEvent),
      isChained,
    ]),
  });
}

/** Undefined where the text is no such state: the feed then begins a session of its own. */
export function decodeLiveState(text: string): LiveState | undefined {
  try {
    const saved = JSON.parse(text) as Record<string, unknown>;
    const { session, places, epochs } = saved;
    if (saved['format'] !== FORMAT || typeof session !== 'string') return undefined;
    if (!Array.isArray(places) || !Array.isArray(epochs)) return undefined;
    return {
      session,
      places: places.map((each: unknown): FeedSymbol => {
        const [publisherId, venue, rawSymbol] = each as [number, string, string];
        return { publisherId, venue, rawSymbol };
      }),
      epochs: new Map(
        epochs.map((each: unknown) => {
          const [channelId, epoch, highest, tsEvent, isChained] = each as SavedEpoch;
          const exact = BigInt(highest);
          const asNumber = Number(exact);
          return [
            channelId,
            {
              epoch,
              highest: Number.isSafeInteger(asNumber) ? asNumber : exact,
              tsEvent: BigInt(tsEvent),
              isChained,
            },
          ];
        }),
      ),
    };
  } catch {
    return undefined;
  }
}
