import type {
  CommittedBar,
  CommittedCbbo,
  CommittedGap,
  PairQuote,
  SubscribeDerivedResponse,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { STORED_BARS } from '../query/bars.ts';
import { CBBO } from '../query/cbbo.ts';
import { GAPS } from '../query/gaps.ts';
import { LiveMessage } from './live-message.ts';
import { rowWriter } from './row-writer.ts';
import type { SymbolNames } from './symbol-names.ts';

const writeBar = rowWriter(STORED_BARS.bar.columns);
const writeGap = rowWriter(GAPS.columns);
const writeCbbo = rowWriter(CBBO.columns);
const NANOS_PER_MS = 1_000_000n;

/** The messages of what a transaction derived. `first` is the ordinal of the first of them. */
export function derivedMessages(
  { bars, gaps, cbbos }: SubscribeDerivedResponse,
  symbols: SymbolNames,
  first: number,
): LiveMessage[] {
  const messages: LiveMessage[] = [];
  for (const bar of bars) {
    const instrument = symbols.instrument(bar.instrumentId)?.name;
    if (instrument === undefined) continue;
    messages.push(barMessage(bar, instrument, first + messages.length));
  }
  for (const gap of gaps) {
    const instrument = symbols.instrument(gap.instrumentId)?.name;
    messages.push(gapMessage(gap, instrument, first + messages.length));
  }
  for (const cbbo of cbbos) {
    if (cbbo.pairQuote?.quote === undefined) continue;
    messages.push(cbboMessage(cbbo, cbbo.pairQuote, symbols, first + messages.length));
  }
  return messages;
}

const barMessage = (bar: CommittedBar, instrument: string, ordinal: number): LiveMessage =>
  new LiveMessage({
    topic: 'bars',
    names: [instrument],
    // A later revision replaces an earlier one; bars of other times stay.
    key: `bar ${bar.producer} ${instrument} ${bar.stepMs} ${bar.tsEvent}`,
    ordinal,
    write: () =>
      writeBar({
        instrument,
        ts_event: String(bar.tsEvent),
        ts_close: String(bar.tsEvent + bar.stepMs * NANOS_PER_MS),
        step_ms: String(bar.stepMs),
        open: String(bar.open),
        high: String(bar.high),
        low: String(bar.low),
        close: String(bar.close),
        volume: bar.volume,
        buy_volume: bar.buyVolume,
        sell_volume: bar.sellVolume,
        notional: bar.notional,
        vwap: String(bar.vwap),
        trade_count: String(bar.tradeCount),
        revision: bar.revision,
        is_final: bar.isFinal,
        quality: bar.quality,
        producer: bar.producer,
        ts_init: String(bar.tsInit),
      }),
  });

const gapMessage = (
  gap: CommittedGap,
  instrument: string | undefined,
  ordinal: number,
): LiveMessage =>
  new LiveMessage({
    topic: 'gaps',
    names: instrument === undefined ? [] : [instrument],
    key: [
      'gap',
      gap.producer,
      gap.instrumentId,
      gap.channelId,
      gap.epoch,
      gap.sessionId,
      gap.firstMissing,
    ].join(' '),
    ordinal,
    write: () =>
      writeGap({
        feed: gap.producer,
        instrument: instrument ?? null,
        first_missing: String(gap.firstMissing),
        last_missing: String(gap.lastMissing),
        missing_count: String(gap.missingCount),
        repaired_count: String(gap.repairedCount),
        cause: gap.cause,
        repaired_by: gap.repairedBy,
        is_reported: gap.isReported,
        ts_detected: String(gap.tsDetected),
        ts_repaired: gap.tsRepaired === 0n ? null : String(gap.tsRepaired),
        channel_id: gap.channelId,
        session_id: gap.sessionId,
        epoch: gap.epoch,
      }),
  });

function cbboMessage(
  { tsEvent, tsInit }: CommittedCbbo,
  { assetPairId, assetPair, quote, bidInstrumentId, askInstrumentId }: PairQuote,
  symbols: SymbolNames,
  ordinal: number,
): LiveMessage {
  const bid = symbols.instrument(bidInstrumentId);
  const ask = symbols.instrument(askInstrumentId);
  return new LiveMessage({
    topic: 'cbbo',
    names: [assetPair, ...symbols.membersOf(assetPairId)],
    key: `cbbo ${assetPair}`,
    ordinal,
    write: () =>
      writeCbbo({
        asset_pair: assetPair,
        ts_event: String(tsEvent),
        bid_px: String(quote?.bidPx),
        bid_sz: String(quote?.bidSz),
        bid_instrument: bid?.name ?? null,
        bid_venue: bid?.venue ?? null,
        ask_px: String(quote?.askPx),
        ask_sz: String(quote?.askSz),
        ask_instrument: ask?.name ?? null,
        ask_venue: ask?.venue ?? null,
        venues_live: quote?.venuesLive,
        venues_stale: quote?.venuesStale,
        state: quote?.state,
        oldest_ts_recv: quote?.oldestTsRecv === 0n ? null : String(quote?.oldestTsRecv),
        ts_init: String(tsInit),
      }),
  });
}
