import { EntityIndex, type EntityName } from '@feedmill/core/news/entity-index';
import { InstrumentMaster } from '@feedmill/core/reference/instrument-master';
import { RateTable } from '@feedmill/core/reference/rate-table';
import {
  isReferenceKind,
  REFERENCE_KINDS,
  type ReferenceKind,
  unpackReference,
} from '@feedmill/core/reference/reference-set';
import type { SignalRules } from '@feedmill/core/signal/producer-signals';
import { stableId } from '@feedmill/core/stable-id';
import type { StateReader } from '@feedmill/core/state/state-reader';
import type { StateWriter } from '@feedmill/core/state/state-writer';
import { InstrumentClass } from '@feedmill/proto/feedmill/v1/event_pb';
import type { ReferenceVersion } from './reference-version.ts';

/**
 * The reference data that are in force: what was loaded last of each kind, as the journal has it.
 * They change at a position of the journal, so that every run and region applies the same version
 * to the same event.
 */
export class ReferenceData {
  master = new InstrumentMaster();
  entities = new EntityIndex();
  rates = new RateTable();
  signals: SignalRules = { rules: [] };
  #entityNames: readonly string[] = [];
  /** By id; made when it is first asked for. */
  #names: Map<bigint, string> | undefined;
  readonly #versions = new Map<ReferenceKind, ReferenceVersion>();

  /** The version in force of a kind; 0 where none was loaded. */
  versionOf(kind: ReferenceKind): number {
    return this.#versions.get(kind)?.version ?? 0;
  }

  /**
   * Puts a version in force; false where a newer one is already.
   *
   * @throws FeedmillError CONFIG_INVALID where its content is damaged
   */
  apply(version: ReferenceVersion): boolean {
    if (version.version <= this.versionOf(version.kind)) return false;
    this.#versions.set(version.kind, version);
    switch (version.kind) {
      case 'instruments':
        this.master = new InstrumentMaster(unpackReference('instruments', version.content));
        this.#indexEntities();
        break;
      case 'entities':
        this.#indexEntities();
        break;
      case 'rates':
        this.rates = new RateTable(unpackReference('rates', version.content), version.version);
        break;
      case 'signals':
        this.signals = { rules: unpackReference('signals', version.content) };
        break;
    }
    return true;
  }

  /** The canonical name of an instrument that something was loaded about; empty for others. */
  nameOf(instrumentId: bigint): string {
    this.#names ??= new Map(
      [...this.master.instruments.map(({ name }) => name), ...this.#entityNames].map((name) => [
        stableId(name),
        name,
      ]),
    );
    return this.#names.get(instrumentId) ?? '';
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.#versions.size);
    for (const { kind, version, source, tsLoaded, content } of this.#versions.values()) {
      writer.text(kind);
      writer.varint(version);
      writer.text(source);
      writer.integer(tsLoaded);
      writer.bytes(content);
    }
  }

  readState(reader: StateReader): void {
    for (let left = reader.count(6); left > 0; left -= 1) {
      const kind = reader.text();
      if (!isReferenceKind(kind)) throw reader.invalid(`reference data of the kind '${kind}'`);
      const version = reader.varint();
      const source = reader.text();
      const tsLoaded = reader.bigint();
      this.apply({ kind, version, source, tsLoaded, content: reader.bytes().slice() });
    }
  }

  /** By the names that were loaded, and by what the instruments say of themselves. */
  #indexEntities(): void {
    const loaded = this.#versions.get('entities');
    const names: EntityName[] =
      loaded === undefined ? [] : [...unpackReference('entities', loaded.content)];
    for (const { name: instrument, instrumentClass, base, isin } of this.master.instruments) {
      if (isin !== '') names.push({ kind: 'ISIN', text: isin, instrument });
      const isShare = instrumentClass === InstrumentClass.EQUITY;
      if (isShare && base !== '') names.push({ kind: 'TICKER', text: base, instrument });
    }
    this.entities = new EntityIndex(names);
    this.#entityNames = names.map(({ instrument }) => instrument);
    this.#names = undefined;
  }
}

/** What is in force of each kind, for whoever brings newer versions. */
export function versionsInForce(data: ReferenceData): Map<ReferenceKind, number> {
  return new Map(REFERENCE_KINDS.map((kind) => [kind, data.versionOf(kind)]));
}
