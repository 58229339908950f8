import { stableId } from '@feedmill/core/stable-id';
import { Problem } from '../problem.ts';
import type { Database, Query } from './database.ts';

const SELECT_KNOWN: Query = {
  name: 'known_instruments',
  text: 'select i.name from feedmill.instrument i where i.instrument_id = any ($1::int8[])',
};

/** From names of instruments to their ids, which are hashes of the names. */
export class InstrumentNames {
  readonly #database: Database;
  readonly #rememberedMax: number;
  /** Ids of names that were found once. Instruments are never removed. */
  readonly #known = new Map<string, string>();

  constructor(database: Database, rememberedMax: number) {
    this.#database = database;
    this.#rememberedMax = rememberedMax;
  }

  /**
   * The ids of names, each once.
   *
   * @throws Problem not-found naming those that there are not
   */
  async idsOf(names: readonly string[]): Promise<string[]> {
    const unseen = names.filter((name) => !this.#known.has(name));
    if (unseen.length > 0) await this.#look(unseen);
    const missing = names.filter((name) => !this.#known.has(name));
    if (missing.length > 0) {
      throw new Problem(
        'not-found',
        `There is no instrument ${missing.map((name) => `'${name}'`).join(', ')}; ` +
          'GET /v1/instruments?search=… finds names like AAPL.XNAS.',
      );
    }
    return [...new Set(names)].map((name) => this.#known.get(name) ?? '');
  }

  async #look(names: readonly string[]): Promise<void> {
    const ids = names.map((name) => String(stableId(name)));
    const rows = await this.#database.read('latest', (reader) => reader.rows(SELECT_KNOWN, [ids]));
    for (const [name] of rows) this.#remember(String(name));
  }

  #remember(name: string): void {
    if (this.#known.size >= this.#rememberedMax) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(name, String(stableId(name)));
  }
}
