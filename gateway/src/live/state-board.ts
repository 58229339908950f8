import { LiveMessage } from './live-message.ts';
import type { TopicFilter, TopicName } from './topic.ts';

/** What a thing is like now, as the queries say it. */
export interface StateItem {
  readonly topic: TopicName;
  /** What it is called: tells it from others of its topic. */
  readonly name: string;
  readonly item: object;
  /** What is said once it is no more; undefined where that is no news. */
  readonly farewell?: object;
}

/** Things that have a state: a client gets all of them as they are, then each that changes. */
export class StateBoard {
  #shown = new Map<string, { readonly message: LiveMessage; readonly state: StateItem }>();

  /** Takes how things are now; what has changed is to be told. */
  show(items: readonly StateItem[]): LiveMessage[] {
    const shown = new Map<string, { readonly message: LiveMessage; readonly state: StateItem }>();
    const changed: LiveMessage[] = [];
    for (const state of items) {
      const message = messageOf(state, state.item);
      const before = this.#shown.get(message.key);
      const isSame = before?.message.data === message.data;
      shown.set(message.key, isSame ? before : { message, state });
      if (!isSame) changed.push(message);
    }
    for (const [key, { state }] of this.#shown) {
      if (!shown.has(key) && state.farewell !== undefined) {
        changed.push(messageOf(state, state.farewell));
      }
    }
    this.#shown = shown;
    return changed;
  }

  /** Everything as it is, for one who begins. */
  current(filter: TopicFilter): LiveMessage[] {
    return [...this.#shown.values()]
      .map(({ message }) => message)
      .filter(({ topic, names }) => filter.wants(topic, names));
  }
}

const messageOf = ({ topic, name }: StateItem, data: object): LiveMessage =>
  new LiveMessage({
    topic,
    names: [name],
    key: `${topic} ${name}`,
    ordinal: 1,
    write: () => JSON.stringify(data),
  });
