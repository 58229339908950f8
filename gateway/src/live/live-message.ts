import type { LiveCursor } from './live-cursor.ts';
import type { TopicName } from './topic.ts';

/** What a client is told of: the name of the message, by topic. */
const MESSAGE_NAMES: Readonly<Record<TopicName, string>> = {
  trades: 'trade',
  quotes: 'quote',
  cbbo: 'cbbo',
  bars: 'bar',
  news: 'news',
  gaps: 'gap',
  status: 'status',
  feeds: 'feed',
  shards: 'shard',
  regions: 'region',
  alerts: 'alert',
};

export interface LiveMessageFields {
  readonly topic: TopicName;
  /** Other than that of the topic. */
  readonly name?: string;
  /** What patterns of the topic are compared with; `all`: of interest to whoever has the topic. */
  readonly names: readonly string[] | 'all';
  /**
   * Messages with the same key replace each other for a slow client; the newest says what the
   * earlier ones did, or all that can still be said in time.
   */
  readonly key: string;
  /** Place among the messages of its entry, from 1, with holes: the same in every reading. */
  readonly ordinal: number;
  /** Writes the data; called once, when somebody wants it. */
  readonly write: () => string;
}

/** What goes over the wire, whatever the wire is. */
export interface LiveFrame {
  readonly name: string;
  readonly data: string;
  /** Where the client goes on behind it; undefined where it says nothing about that. */
  readonly cursor: string | undefined;
}

/** How frames are written. */
export type LiveWire = 'sse' | 'webSocket';

export function wireText(wire: LiveWire, { name, data, cursor }: LiveFrame): string {
  switch (wire) {
    case 'sse':
      return `${cursor === undefined ? '' : `id: ${cursor}\n`}event: ${name}\ndata: ${data}\n\n`;
    case 'webSocket':
      return `{"event":"${name}",${cursor === undefined ? '' : `"id":"${cursor}",`}"data":${data}}`;
  }
}

/** One message of the stream. Its text is made when the first client wants it, and kept for all. */
export class LiveMessage {
  readonly topic: TopicName;
  readonly name: string;
  readonly names: readonly string[] | 'all';
  readonly key: string;
  readonly ordinal: number;
  #write: (() => string) | undefined;
  #data = '';
  readonly #texts = new Map<LiveWire, string>();

  constructor({ topic, name, names, key, ordinal, write }: LiveMessageFields) {
    this.topic = topic;
    this.name = name ?? MESSAGE_NAMES[topic];
    this.names = names;
    this.key = key;
    this.ordinal = ordinal;
    this.#write = write;
  }

  /** JSON. */
  get data(): string {
    if (this.#write !== undefined) {
      this.#data = this.#write();
      this.#write = undefined;
    }
    return this.#data;
  }

  frame(cursor: LiveCursor | undefined): LiveFrame {
    return { name: this.name, data: this.data, cursor: cursor && String(cursor) };
  }

  /** The text for those who follow in order, with the cursor that they all have behind it. */
  sharedText(wire: LiveWire, cursorOf: (message: LiveMessage) => LiveCursor): string {
    const known = this.#texts.get(wire);
    if (known !== undefined) return known;
    const text = wireText(wire, this.frame(cursorOf(this)));
    this.#texts.set(wire, text);
    return text;
  }
}
