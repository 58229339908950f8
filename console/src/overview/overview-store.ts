import { computed, signal } from '@preact/signals';
import { decodeAlert, decodeFeed, decodeRegion, decodeShard } from '../api/decode.ts';
import { JsonFields } from '../api/json-fields.ts';
import type { Alert, Feed, Overview, Region, Shard } from '../api/shapes.ts';
import type { SseMessage } from '../api/sse-parser.ts';
import { RateHistory } from './rate-history.ts';

export const SPARKLINE_SLOTS = 60;
const SPARKLINE_SLOT_MS = 1_000;

/** What the overview asks the live stream for. */
export const OVERVIEW_TOPICS = ['feeds', 'shards', 'regions', 'alerts'] as const;

/** What the overview shows, kept also while the connection is lost. */
export class OverviewStore {
  readonly feeds = signal<readonly Feed[]>([]);
  readonly shards = signal<readonly Shard[]>([]);
  readonly regions = signal<readonly Region[]>([]);
  readonly alerts = signal<readonly Alert[]>([]);
  readonly isLoaded = signal(false);
  /** The rates of all feeds together. */
  readonly totalRates = signal<readonly number[]>([]);
  readonly #rates = new Map<string, RateHistory>();
  readonly #totalRates = newHistory();
  readonly #nowMs: () => number;

  readonly total = computed(() => {
    const feeds = this.feeds.value;
    const sum = (of: (feed: Feed) => number | undefined) =>
      feeds.reduce((total, feed) => total + (of(feed) ?? 0), 0);
    return {
      eventsPerSecond: sum((feed) => feed.eventsPerSecond),
      committed: sum((feed) => feed.committedThrough),
      gaps: sum((feed) => feed.gaps),
      deadLetters: sum((feed) => feed.deadLetters),
      lagMs: Math.max(0, ...feeds.map((feed) => feed.lagMs ?? 0)),
    };
  });

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  load({ feeds, shards, regions, alerts }: Overview): void {
    this.feeds.value = sortedBy(feeds, ({ name }) => name);
    this.shards.value = sortedBy(shards, ({ shard }) => shard);
    this.regions.value = sortedBy(regions, ({ name }) => name);
    this.alerts.value = alerts;
    this.isLoaded.value = true;
    for (const feed of feeds) this.#addRate(feed);
  }

  /** The last rates of a feed. */
  ratesOf(feed: string): readonly number[] {
    return this.#rates.get(feed)?.values() ?? [];
  }

  /** Takes a message of the live stream. */
  message({ event, data }: SseMessage): void {
    const json = new JsonFields(JSON.parse(data));
    switch (event) {
      case 'feed': {
        const feed = decodeFeed(json);
        if (feed === undefined) return;
        this.feeds.value = replaced(this.feeds.value, feed, ({ name }) => name);
        this.#addRate(feed);
        return;
      }
      case 'shard': {
        const shard = decodeShard(json);
        if (shard === undefined) return;
        this.shards.value = replaced(this.shards.value, shard, (each) => each.shard);
        return;
      }
      case 'region': {
        const region = decodeRegion(json);
        if (region === undefined) return;
        this.regions.value = replaced(this.regions.value, region, ({ name }) => name);
        return;
      }
      case 'alert': {
        const alert = decodeAlert(json);
        if (alert === undefined) return;
        const others = this.alerts.value.filter(({ id }) => id !== alert.id);
        this.alerts.value = json.flag('resolved') === true ? others : [alert, ...others];
      }
    }
  }

  #addRate({ name, eventsPerSecond }: Feed): void {
    const history = this.#rates.get(name) ?? newHistory();
    this.#rates.set(name, history);
    const nowMs = this.#nowMs();
    history.add(nowMs, eventsPerSecond ?? Number.NaN);
    this.#totalRates.add(nowMs, this.total.value.eventsPerSecond);
    this.totalRates.value = this.#totalRates.values();
  }
}

const newHistory = (): RateHistory => new RateHistory(SPARKLINE_SLOTS, SPARKLINE_SLOT_MS);

const sortedBy = <T>(items: readonly T[], key: (item: T) => string | number): T[] =>
  [...items].sort((a, b) => compare(key(a), key(b)));

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** The list with the item in its place, in order. */
function replaced<T>(
  items: readonly T[],
  item: T,
  key: (item: T) => string | number,
): readonly T[] {
  const at = items.findIndex((each) => key(each) === key(item));
  return at < 0 ? sortedBy([...items, item], key) : items.with(at, item);
}
