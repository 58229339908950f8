import type { FeedSymbol } from '@feedmill/core/event';
import { assetPairOf } from '@feedmill/core/reference/asset-pair';
import { InstrumentMaster } from '@feedmill/core/reference/instrument-master';
import { Meanings } from '@feedmill/core/reference/meanings';
import { unpackReference } from '@feedmill/core/reference/reference-set';
import { stableId } from '@feedmill/core/stable-id';
import type { Definition } from '@feedmill/proto/feedmill/v1/event_pb';
import type { Database, Positions, Query, Reader } from '../query/database.ts';

const SELECT_SYMBOLS: Query = {
  name: 'live_symbols',
  text: `
select s.publisher_id, s.venue, s.raw_symbol, s.valid_from, s.valid_to, i.name, i.venue,
  i.asset_pair_id
from feedmill.symbol s join feedmill.instrument i on i.instrument_id = s.instrument_id
order by s.valid_from`,
};

// What was loaded is in force before its symbols are rows.
const SELECT_LOADED: Query = {
  name: 'live_loaded_instruments',
  text: `
select r.version, case when r.version > $1 then r.content end
from feedmill.reference r where r.kind = 'instruments' order by r.version desc limit 1`,
};

const keyOf = (publisherId: number, venue: string, rawSymbol: string): string =>
  `${publisherId}|${venue}|${rawSymbol}`;

/** What an instrument is called, and where it is quoted. */
export interface ListedInstrument {
  readonly name: string;
  readonly venue: string;
}

/** Which instrument a feed's symbol means at a time: as the workers say, by the same data. */
export class SymbolNames {
  readonly #database: Database;
  readonly #defined = new Map<string, Meanings<string>>();
  readonly #instruments = new Map<bigint, ListedInstrument>();
  /** By asset pair. */
  readonly #members = new Map<bigint, Set<string>>();
  #master = new InstrumentMaster();
  #masterVersion = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Reads what is known by now.
   *
   * @returns what each shard has committed of it: what comes later says itself what it means
   * @throws Problem where Postgres does not answer
   */
  async load(): Promise<Positions> {
    const { value, positions } = await this.#database.readSnapshot('latest', async (reader) => ({
      symbols: await reader.rows(SELECT_SYMBOLS, []),
      loaded: await loadedSince(reader, this.#masterVersion),
    }));
    for (const row of value.symbols) {
      const [publisher, venue, symbol, from, to, name, listedAt, pairId] = row.map(String);
      const key = keyOf(Number(publisher), venue ?? '', symbol ?? '');
      this.#meaningsOf(key).set(BigInt(from ?? 0), BigInt(to ?? 0), name ?? '');
      const pair = row[7] === null ? undefined : BigInt(pairId ?? 0);
      this.#list(name ?? '', listedAt ?? '', pair);
    }
    if (value.loaded !== undefined) {
      this.#master = new InstrumentMaster(unpackReference('instruments', value.loaded.content));
      this.#masterVersion = value.loaded.version;
      for (const each of this.#master.instruments) {
        const { instrumentClass, base, quote, multiplier } = each;
        const pair = assetPairOf(instrumentClass, base, quote, multiplier);
        this.#list(each.name, each.venue, pair?.id);
      }
    }
    return positions;
  }

  /** The feed says what a symbol means. */
  define({ publisherId, venue, rawSymbol }: FeedSymbol, definition: Definition): void {
    const { instrument, instrumentClass, base, quote, multiplier } = definition;
    const { validFrom, validTo } = definition;
    this.#meaningsOf(keyOf(publisherId, venue, rawSymbol)).set(validFrom, validTo, instrument);
    const pair = assetPairOf(instrumentClass, base, quote, multiplier);
    this.#list(instrument, venue, pair?.id);
  }

  /** An instrument by its id; undefined of the feed as a whole. */
  instrument(instrumentId: bigint): ListedInstrument | undefined {
    return this.#instruments.get(instrumentId);
  }

  /** Names of the instruments that an asset pair is quoted as. */
  membersOf(assetPairId: bigint): readonly string[] {
    return [...(this.#members.get(assetPairId) ?? [])];
  }

  /** Canonical SYMBOL.VENUE; undefined where nobody has said what the symbol means. */
  at(symbol: FeedSymbol, nanos: bigint): string | undefined {
    const { publisherId, venue, rawSymbol } = symbol;
    const meanings =
      this.#defined.get(keyOf(publisherId, venue, rawSymbol)) ??
      this.#defined.get(keyOf(0, venue, rawSymbol));
    return (
      meanings?.always ?? meanings?.at(nanos) ?? this.#master.meaningsOf(symbol)?.at(nanos)?.name
    );
  }

  #list(name: string, venue: string, pairId: bigint | undefined): void {
    this.#instruments.set(stableId(name), { name, venue });
    if (pairId === undefined) return;
    const members = this.#members.get(pairId) ?? new Set();
    this.#members.set(pairId, members.add(name));
  }

  #meaningsOf(key: string): Meanings<string> {
    const meanings = this.#defined.get(key) ?? new Meanings<string>();
    this.#defined.set(key, meanings);
    return meanings;
  }
}

async function loadedSince(
  reader: Reader,
  version: number,
): Promise<{ readonly version: number; readonly content: Uint8Array } | undefined> {
  const [row] = await reader.rows(SELECT_LOADED, [version]);
  if (row === undefined || row[1] === null) return undefined;
  return { version: Number(row[0]), content: row[1] as Uint8Array };
}
