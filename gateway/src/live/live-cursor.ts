import { Problem } from '../problem.ts';

/** Events come from the journal; what transactions derived comes beside them. */
export type Flow = 'events' | 'derived';

/** How far a client is in a shard: journal positions, and events of the next entry. */
export interface ShardPlace {
  readonly events: number;
  /** Events of the entry after `events` that were sent already. */
  readonly part: number;
  readonly derived: number;
}

const NOWHERE: ShardPlace = { events: -1, part: 0, derived: -1 };
const PLACE = /^(\d{1,5})-([0-9a-z]{1,11})-([0-9a-z]{1,11})(?:-([0-9a-z]{1,6}))?$/;
const VERSION = 'v1';

/**
 * Where a stream stands: a place in each shard. The text of it is what a client sends to go on. It
 * means the same to every gateway and region, since all count in positions of the journals.
 */
export class LiveCursor {
  static readonly start = new LiveCursor(new Map());
  readonly #places: ReadonlyMap<number, ShardPlace>;
  #text: string | undefined;

  private constructor(places: ReadonlyMap<number, ShardPlace>) {
    this.#places = places;
  }

  /** @throws Problem not-meaningful */
  static parse(text: string): LiveCursor {
    const [version, ...texts] = text.split('.');
    const places = new Map<number, ShardPlace>();
    for (const each of texts) {
      const match = PLACE.exec(each);
      if (match === null) throw foreign(text);
      const [, shard, events = '', derived = '', part = '0'] = match;
      const place = {
        events: numberOf(events) - 1,
        derived: numberOf(derived) - 1,
        part: numberOf(part),
      };
      if (!Object.values(place).every(Number.isSafeInteger)) throw foreign(text);
      places.set(Number(shard), place);
    }
    if (version !== VERSION) throw foreign(text);
    return new LiveCursor(places);
  }

  get shards(): readonly number[] {
    return [...this.#places.keys()];
  }

  has(shard: number): boolean {
    return this.#places.has(shard);
  }

  /** The place in a shard; before everything where the cursor does not know it. */
  place(shard: number): ShardPlace {
    return this.#places.get(shard) ?? NOWHERE;
  }

  /** With a place of a shard further on; never further back. */
  advance(shard: number, change: Partial<ShardPlace>): LiveCursor {
    const before = this.place(shard);
    const events = change.events ?? before.events;
    const derived = Math.max(before.derived, change.derived ?? before.derived);
    const place =
      events < before.events
        ? { ...before, derived }
        : { events, derived, part: partOf(before, events, change.part ?? 0) };
    return new LiveCursor(new Map(this.#places).set(shard, place));
  }

  /** As far as this one or the other, in each shard. */
  merge(other: LiveCursor): LiveCursor {
    const places = [...other.#places];
    return places.reduce<LiveCursor>(
      (merged, [shard, place]) => merged.advance(shard, place),
      this,
    );
  }

  /** Whether a message was sent already to who stands here. */
  hasSeen(shard: number, flow: Flow, position: number, ordinal: number): boolean {
    const place = this.place(shard);
    if (flow === 'derived') return position <= place.derived;
    if (position <= place.events) return true;
    return position === place.events + 1 && ordinal <= place.part;
  }

  toString(): string {
    this.#text ??= [VERSION, ...[...this.#places].sort(([a], [b]) => a - b).map(placeText)].join(
      '.',
    );
    return this.#text;
  }
}

const partOf = (before: ShardPlace, events: number, part: number): number =>
  events === before.events ? Math.max(before.part, part) : part;

function placeText([shard, { events, derived, part }]: [number, ShardPlace]): string {
  // One more than they are, so that what is before everything has a text as well.
  const texts = [events + 1, derived + 1, ...(part > 0 ? [part] : [])];
  return `${shard}-${texts.map((number) => number.toString(36)).join('-')}`;
}

const numberOf = (text: string): number => Number.parseInt(text, 36);

const foreign = (text: string): Problem =>
  new Problem(
    'not-meaningful',
    `'${text.slice(0, 60)}' is no cursor of the live stream: send the id of the last message as ` +
      'it came, or none to begin with what is now.',
  );
