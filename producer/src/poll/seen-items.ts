import { SEEN_ITEMS_MAX } from './limits.ts';
import { digestOf, type PollItem } from './poll-item.ts';

interface Seen {
  readonly edition: number;
  /** Digest of what it said; empty where that edition was not taken by a worker. */
  readonly digest: string;
  /** Number of its last event in the producer's stream. */
  readonly number: number;
}

const FORMAT = 1;

/**
 * Which items of a polled list were sent, in which edition, and under which number. The numbers
 * make a restart exact: what a worker has taken is not sent again, and what it has not, is.
 */
export class SeenItems {
  readonly #items = new Map<string, Seen>();

  get size(): number {
    return this.#items.size;
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  /** The edition that an item is to be sent as; undefined where it was sent as it is. */
  editionOf(item: PollItem): number | undefined {
    const seen = this.#items.get(item.key);
    if (seen === undefined) return 0;
    if (seen.digest !== digestOf(item.says)) return seen.edition + 1;
    // Listed again: it is among the last to be forgotten.
    this.#items.delete(item.key);
    this.#items.set(item.key, seen);
    return undefined;
  }

  /** An item is sent, and its last event has this number. */
  add(item: PollItem, edition: number, number: number): void {
    this.#items.delete(item.key);
    this.#items.set(item.key, { edition, digest: digestOf(item.says), number });
    if (this.#items.size <= SEEN_ITEMS_MAX) return;
    const [oldest] = this.#items.keys();
    if (oldest !== undefined) this.#items.delete(oldest);
  }

  encode(): string {
    const items = [...this.#items].map(([key, { edition, digest, number }]) => [
      key,
      edition,
      digest,
      number,
    ]);
    return JSON.stringify({ format: FORMAT, items });
  }

  /**
   * What was seen before a restart, without what no worker has taken.
   *
   * @param after number of the last event that a worker has taken
   */
  static decode(text: string | undefined, after: number): SeenItems {
    const known = new SeenItems();
    for (const [key, edition, digest, number] of savedItems(text)) {
      if (number <= after) known.#items.set(key, { edition, digest, number });
      else if (edition > 0) {
        known.#items.set(key, { edition: edition - 1, digest: '', number: after });
      }
    }
    return known;
  }
}

type SavedItem = readonly [key: string, edition: number, digest: string, number: number];

function savedItems(text: string | undefined): readonly SavedItem[] {
  if (text === undefined) return [];
  try {
    const saved = JSON.parse(text) as { format?: unknown; items?: unknown };
    if (saved.format !== FORMAT || !Array.isArray(saved.items)) return [];
    return (saved.items as unknown[]).filter(isSavedItem);
  } catch {
    return [];
  }
}

function isSavedItem(value: unknown): value is SavedItem {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [key, edition, digest, number] = value as unknown[];
  return (
    typeof key === 'string' &&
    Number.isSafeInteger(edition) &&
    typeof digest === 'string' &&
    Number.isSafeInteger(number)
  );
}
