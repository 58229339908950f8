import { Problem } from '../problem.ts';
import { LIVE_LIMITS } from './limits.ts';

/** What can be followed. */
export const TOPICS = {
  trades: 'Trades, each once it was acknowledged.',
  quotes: 'Best bids and asks of each venue.',
  cbbo: 'Best bid and ask over venues.',
  bars: 'Bars of every stored step, each revision once it was committed.',
  news: 'News with their sentiment; the pattern speaks of the entities.',
  gaps: 'What is missing, once it is found and once it is repaired.',
  status: 'Halts, pauses and other states of trading.',
  feeds: 'Feeds and how they are.',
  shards: 'Shards and how far they are.',
  regions: 'Regions and who leads.',
  alerts: 'What somebody should look at.',
} as const;

export type TopicName = keyof typeof TOPICS;

const isTopicName = (text: string): text is TopicName => Object.hasOwn(TOPICS, text);

interface NameSet {
  isAll: boolean;
  readonly exact: Set<string>;
  readonly patterns: NamePattern[];
}

/**
 * Which messages a client wants: topics, each for everything or for names that a pattern fits, as
 * in `trades`, `trades:AAPL.XNAS` and `quotes:*.BINANCE`.
 */
export class TopicFilter {
  /** As they were asked for. */
  readonly texts: readonly string[];
  readonly #topics = new Map<TopicName, NameSet>();

  constructor(texts: readonly string[]) {
    this.texts = texts;
    for (const text of texts) this.#add(text);
  }

  /**
   * The filter of a list that is separated by commas.
   *
   * @throws Problem not-meaningful
   */
  static parse(list: string): TopicFilter {
    const texts = [...new Set(list.split(',').filter((text) => text !== ''))];
    const { liveTopicsMax, liveTopicCharsMax } = LIVE_LIMITS;
    if (texts.length === 0 || texts.length > liveTopicsMax) {
      throw new Problem(
        'not-meaningful',
        `'topics' has ${texts.length} entries; from 1 to ${liveTopicsMax} are allowed, as in ` +
          'trades:AAPL.XNAS,quotes:*.XNAS,feeds.',
      );
    }
    for (const text of texts) {
      const [topic = ''] = text.split(':', 1);
      if (text.length > liveTopicCharsMax || !isTopicName(topic) || text.endsWith(':')) {
        throw new Problem(
          'not-meaningful',
          `There is no topic '${text.slice(0, liveTopicCharsMax)}'; there are ` +
            `${Object.keys(TOPICS).join(', ')}, alone or with a name or pattern behind a colon.`,
        );
      }
    }
    return new TopicFilter(texts);
  }

  has(topic: TopicName): boolean {
    return this.#topics.has(topic);
  }

  /** Whether a message of a topic about these names is wanted. */
  wants(topic: TopicName, names: readonly string[] | 'all'): boolean {
    const set = this.#topics.get(topic);
    if (set === undefined) return false;
    if (set.isAll || names === 'all') return true;
    for (const name of names) {
      if (set.exact.has(name)) return true;
      for (const pattern of set.patterns) if (pattern.fits(name)) return true;
    }
    return false;
  }

  #add(text: string): void {
    const colon = text.indexOf(':');
    const topic = (colon < 0 ? text : text.slice(0, colon)) as TopicName;
    const name = colon < 0 ? '*' : text.slice(colon + 1);
    const set = this.#topics.get(topic) ?? { isAll: false, exact: new Set(), patterns: [] };
    this.#topics.set(topic, set);
    if (/^\*+$/.test(name)) set.isAll = true;
    else if (name.includes('*')) set.patterns.push(new NamePattern(name));
    else set.exact.add(name);
  }
}

/** A name in which `*` stands for any characters. Fitting takes time in proportion to the name. */
class NamePattern {
  readonly #first: string;
  readonly #between: readonly string[];
  readonly #last: string;

  constructor(pattern: string) {
    const parts = pattern.split(/\*+/);
    this.#first = parts[0] ?? '';
    this.#last = parts.at(-1) ?? '';
    this.#between = parts.slice(1, -1);
  }

  fits(name: string): boolean {
    const end = name.length - this.#last.length;
    let at = this.#first.length;
    if (!name.startsWith(this.#first) || !name.endsWith(this.#last)) return false;
    for (const part of this.#between) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  }
}
