import type { FeedSymbol } from '@feedmill/core/event';
import type { MasterInstrument } from '@feedmill/core/reference/instrument-master';
import { Meanings } from '@feedmill/core/reference/meanings';
import type { StateReader } from '@feedmill/core/state/state-reader';
import type { StateWriter } from '@feedmill/core/state/state-writer';
import type { ProducerWindows } from '@feedmill/core/window/producer-windows';
import type { ProducerInstrument } from './event-context.ts';
import { type InstrumentTraits, KnownInstrument, symbolKey } from './known-instrument.ts';
import type { ReferenceData } from './reference-data.ts';

/**
 * Which instrument each symbol of a producer means, and when. What the feed itself has defined goes
 * first; the master data answer where it has said nothing. Nothing else does.
 */
export class SymbolTable {
  readonly #windows: ProducerWindows;
  readonly #reference: ReferenceData;
  /** What the feed has defined, by symbol. */
  readonly #defined = new Map<string, Meanings<ProducerInstrument>>();
  readonly #byName = new Map<string, ProducerInstrument>();
  /** By handle: the number under which the windows know it. */
  readonly #byHandle: ProducerInstrument[] = [];

  constructor(windows: ProducerWindows, reference: ReferenceData) {
    this.#windows = windows;
    this.#reference = reference;
  }

  /** The instrument of a handle. */
  known(handle: number): KnownInstrument {
    return (this.#byHandle[handle] as ProducerInstrument).known;
  }

  /** An instrument that the producer has spoken of. */
  named(name: string): KnownInstrument | undefined {
    return this.#byName.get(name)?.known;
  }

  /** Whether the feed has defined the symbol. */
  isDefined(symbol: FeedSymbol): boolean {
    return this.#defined.has(symbolKey(symbol));
  }

  /**
   * The feed says what a symbol means.
   *
   * @param fromNanos 0: from ever
   * @param toNanos 0: for ever
   */
  define(
    symbol: FeedSymbol,
    name: string,
    traits: InstrumentTraits,
    fromNanos: bigint,
    toNanos: bigint,
  ): KnownInstrument {
    const instrument = this.#instrument(name, traits);
    const key = symbolKey(symbol);
    const meanings = this.#defined.get(key) ?? new Meanings<ProducerInstrument>();
    meanings.set(fromNanos, toNanos, instrument);
    this.#defined.set(key, meanings);
    return instrument.known;
  }

  /** What a symbol means at all times; undefined where that depends on the time. */
  always(symbol: FeedSymbol): ProducerInstrument | undefined {
    if (symbol.rawSymbol === '') return undefined;
    const defined = this.#defined.get(symbolKey(symbol));
    if (defined !== undefined) return defined.always;
    return this.#ofMaster(this.#reference.master.meaningsOf(symbol)?.always);
  }

  /** What a symbol means at a time. */
  at(symbol: FeedSymbol, nanos: bigint): ProducerInstrument | undefined {
    if (symbol.rawSymbol === '') return undefined;
    return (
      this.#defined.get(symbolKey(symbol))?.at(nanos) ??
      this.#ofMaster(this.#reference.master.meaningsOf(symbol)?.at(nanos))
    );
  }

  /** Why a symbol means nothing at a time, and what to do. */
  whyUnknown(symbol: FeedSymbol, nanos: bigint): string {
    const what = `'${symbol.rawSymbol}' of ${symbol.venue} (publisher ${symbol.publisherId})`;
    const meanings =
      this.#defined.get(symbolKey(symbol)) ?? this.#reference.master.meaningsOf(symbol);
    const stretches = meanings?.all() ?? [];
    if (stretches.length === 0) {
      return `${what} was not defined; send a Definition first, or load it into the instruments.`;
    }
    const known = stretches
      .map(({ fromNanos, toNanos }) => `${boundText(fromNanos)} to ${boundText(toNanos)}`)
      .join(', ');
    return `${what} is defined for ${known}, and not for ${nanos} ns.`;
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.#byHandle.length);
    for (const { known } of this.#byHandle) known.writeState(writer);
    writer.varint(this.#defined.size);
    for (const [key, meanings] of this.#defined) {
      writer.text(key);
      const all = meanings.all();
      writer.varint(all.length);
      for (const { fromNanos, toNanos, value } of all) {
        writer.integer(fromNanos);
        writer.integer(toNanos);
        writer.varint(value.windows.instrumentId);
      }
    }
  }

  /** Into a table that is empty. To be called before the windows read theirs. */
  readState(reader: StateReader): void {
    for (let left = reader.count(7); left > 0; left -= 1) {
      this.#add(KnownInstrument.readState(reader));
    }
    for (let left = reader.count(2); left > 0; left -= 1) {
      const key = reader.text();
      const meanings = new Meanings<ProducerInstrument>();
      for (let rest = reader.count(5); rest > 0; rest -= 1) {
        const from = reader.bigint();
        const to = reader.bigint();
        const instrument = this.#byHandle[reader.varint()];
        if (instrument === undefined)
          throw reader.invalid('a symbol of an instrument that is none');
        meanings.set(from, to, instrument);
      }
      this.#defined.set(key, meanings);
    }
  }

  #ofMaster(master: MasterInstrument | undefined): ProducerInstrument | undefined {
    return master === undefined ? undefined : this.#instrument(master.name, master);
  }

  #instrument(name: string, traits: InstrumentTraits): ProducerInstrument {
    const known = this.#byName.get(name);
    if (known === undefined) return this.#add(new KnownInstrument(name, traits));
    known.known.describe(traits);
    return known;
  }

  #add(known: KnownInstrument): ProducerInstrument {
    const windows = this.#windows.instrument(this.#byHandle.length);
    const instrument: ProducerInstrument = { known, windows, quote: undefined };
    this.#byHandle.push(instrument);
    this.#byName.set(known.name, instrument);
    return instrument;
  }
}

const boundText = (nanos: bigint): string => (nanos === 0n ? 'any time' : `${nanos} ns`);
