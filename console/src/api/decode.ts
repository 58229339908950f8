// From the API's JSON to what the pages work with. What does not fit is left out, never guessed.
import type { JsonFields } from './json-fields.ts';
import type {
  Access,
  Alert,
  Bar,
  BarQuality,
  ConsolidatedQuote,
  Feed,
  FeedGap,
  FeedState,
  Gap,
  Instrument,
  Level,
  NewsItem,
  Quote,
  QuoteSide,
  Region,
  Sentiment,
  Severity,
  Shard,
  Trade,
  TradeSide,
} from './shapes.ts';

/** The word where it is one of those that are known, in lower case. */
export function wordOf<const Words extends readonly string[], Else>(
  text: string | undefined,
  words: Words,
  otherwise: Else,
): Words[number] | Else {
  const lower = text?.toLowerCase().replaceAll('_', '-');
  return words.find((word) => word === lower) ?? otherwise;
}

const FEED_STATES = [
  'ok',
  'starting',
  'waiting',
  'lagging',
  'spilling',
  'full',
  'stale',
  'restarting',
  'failed',
  'done',
  'stopping',
  'stopped',
] as const satisfies readonly FeedState[];
const LEVELS = ['normal', 'lagging', 'spilling', 'full'] as const satisfies readonly Level[];
const QUALITIES = ['ok', 'gap', 'partial', 'stale'] as const satisfies readonly BarQuality[];
const SENTIMENTS = ['positive', 'neutral', 'negative'] as const satisfies readonly Sentiment[];
const SEVERITIES = ['critical', 'warning', 'info'] as const satisfies readonly Severity[];

const NANOS_PER_MS = 1_000_000n;
const msOf = (nanos: bigint | undefined): number | undefined =>
  nanos === undefined ? undefined : Number(nanos / NANOS_PER_MS);

export function decodeFeed(json: JsonFields): Feed | undefined {
  const name = json.text('feed');
  if (name === undefined) return undefined;
  const lastGap = json.record('last_gap');
  return {
    name,
    source: json.text('source'),
    venues: json.texts('venues'),
    shard: json.number('shard'),
    pod: json.text('pod'),
    region: json.text('region'),
    role: json.text('role'),
    eventsPerSecond: json.number('events_per_second'),
    durableThrough: json.number('durable_through'),
    committedThrough: json.number('committed_through'),
    lagMs: json.number('lag_ms'),
    gaps: json.number('gaps'),
    deadLetters: json.number('dead_letters'),
    lastGap: lastGap && decodeFeedGap(lastGap),
    state: wordOf(json.text('state'), FEED_STATES, 'unknown'),
  };
}

function decodeFeedGap(json: JsonFields): FeedGap | undefined {
  const detectedNanos = json.integer('ts_detected');
  if (detectedNanos === undefined) return undefined;
  return {
    instrument: json.text('instrument'),
    firstMissing: json.text('first_missing') ?? '',
    lastMissing: json.text('last_missing') ?? '',
    missingCount: json.number('missing_count') ?? 0,
    cause: json.text('cause')?.toLowerCase() ?? 'unknown',
    repairedBy: json.text('repaired_by')?.toLowerCase(),
    detectedNanos,
  };
}

export function decodeGap(json: JsonFields): Gap | undefined {
  const gap = decodeFeedGap(json);
  return gap && { ...gap, feed: json.text('feed') ?? '' };
}

export function decodeShard(json: JsonFields): Shard | undefined {
  const shard = json.number('shard');
  if (shard === undefined) return undefined;
  return {
    shard,
    pod: json.text('pod'),
    epoch: json.number('epoch'),
    level: wordOf(json.text('level'), LEVELS, 'unknown'),
    lagMs: json.number('lag_ms'),
    journalBytes: json.number('journal_bytes'),
    journalBytesMax: json.number('journal_bytes_max'),
    durablePosition: json.number('durable_position'),
    committedPosition: json.number('committed_position'),
  };
}

export function decodeRegion(json: JsonFields): Region | undefined {
  const name = json.text('region');
  if (name === undefined) return undefined;
  return {
    name,
    role: wordOf(json.text('role'), ['primary', 'follower', 'mixed'], 'unknown'),
    epoch: json.number('epoch'),
    inSync: json.flag('in_sync'),
    lagMs: json.number('lag_ms'),
    isReachable: json.flag('reachable') ?? true,
  };
}

export function decodeAlert(json: JsonFields): Alert | undefined {
  const title = json.text('title');
  if (title === undefined) return undefined;
  return {
    id: json.text('id') ?? title,
    severity: wordOf(json.text('severity'), SEVERITIES, 'warning'),
    title,
    detail: json.text('detail') ?? '',
    subject: json.text('subject'),
    sinceMs: msOf(json.integer('ts_since')),
  };
}

export function decodeInstrument(json: JsonFields): Instrument | undefined {
  const name = json.text('instrument');
  if (name === undefined) return undefined;
  return {
    name,
    venue: json.text('venue') ?? '',
    symbol: json.text('raw_symbol') ?? name,
    kind: json.text('instrument_class')?.toLowerCase(),
    base: json.text('base'),
    quote: json.text('quote'),
    increment: json.decimal('min_price_increment'),
  };
}

export function decodeTrade(json: JsonFields): Trade | undefined {
  const timeNanos = json.integer('ts_event');
  const price = json.decimal('price');
  const size = json.decimal('size');
  if (timeNanos === undefined || price === undefined || size === undefined) return undefined;
  return {
    key: `${json.text('producer') ?? ''}/${json.text('producer_sequence') ?? ''}`,
    instrument: json.text('instrument') ?? '',
    timeNanos,
    price,
    size,
    side: wordOf<readonly ['buy', 'sell'], TradeSide>(
      json.text('aggressor_side'),
      ['buy', 'sell'],
      'none',
    ),
  };
}

function decodeSide(json: JsonFields, side: 'bid' | 'ask', venue: string): QuoteSide | undefined {
  const price = json.decimal(`${side}_px`);
  const size = json.decimal(`${side}_sz`);
  return price === undefined ? undefined : { price, size: size ?? 0n, venue };
}

export function decodeQuote(json: JsonFields): Quote | undefined {
  const timeNanos = json.integer('ts_event');
  const instrument = json.text('instrument');
  if (timeNanos === undefined || instrument === undefined) return undefined;
  const venue = json.text('venue') ?? instrument.slice(instrument.lastIndexOf('.') + 1);
  return {
    instrument,
    venue,
    timeNanos,
    bid: decodeSide(json, 'bid', venue),
    ask: decodeSide(json, 'ask', venue),
  };
}

export function decodeConsolidated(json: JsonFields): ConsolidatedQuote {
  return {
    timeNanos: json.integer('ts_event'),
    bid: decodeSide(json, 'bid', json.text('bid_venue') ?? ''),
    ask: decodeSide(json, 'ask', json.text('ask_venue') ?? ''),
    state: json.text('state')?.toLowerCase().replaceAll('_', ' ') ?? 'normal',
    venuesLive: json.number('venues_live'),
    venuesStale: json.number('venues_stale'),
  };
}

/** A bar without prices (no trade in it updated them) has no candle. */
export function decodeBar(json: JsonFields): Bar | undefined {
  const startMs = msOf(json.integer('ts_event'));
  const stepMs = json.number('step_ms');
  const open = json.decimal('open');
  const high = json.decimal('high');
  const low = json.decimal('low');
  const close = json.decimal('close');
  if (startMs === undefined || stepMs === undefined) return undefined;
  if (open === undefined || high === undefined || low === undefined || close === undefined) {
    return undefined;
  }
  return {
    startMs,
    stepMs,
    open,
    high,
    low,
    close,
    volume: json.decimal('volume') ?? 0n,
    revision: json.number('revision') ?? 0,
    isFinal: json.flag('is_final') ?? false,
    quality: wordOf(json.text('quality'), QUALITIES, 'ok'),
  };
}

export function decodeNews(json: JsonFields, instrument: string): NewsItem | undefined {
  const timeNanos = json.integer('ts_event');
  const headline = json.text('headline');
  if (timeNanos === undefined || headline === undefined) return undefined;
  const about = json.list('entities').find((entity) => entity.text('instrument') === instrument);
  const label = about?.text('sentiment_label') ?? json.text('sentiment_label');
  return {
    key: `${json.text('producer') ?? ''}/${json.text('producer_sequence') ?? headline}`,
    timeNanos,
    headline,
    source: json.text('source') ?? '',
    sentiment: wordOf(label, SENTIMENTS, 'neutral'),
    score: about?.number('sentiment_score') ?? json.number('sentiment_score'),
    url: json.text('url'),
  };
}

export function decodeAccess(json: JsonFields): Access {
  return {
    name: json.text('name') ?? '',
    scopes: new Set(json.texts('scopes')),
    expiresMs: msOf(json.integer('ts_expires')),
  };
}
