import { readFile } from 'node:fs/promises';
import { FeedmillError } from '@feedmill/core/errors';
import {
  packReference,
  type ReferenceContent,
  type ReferenceKind,
  unpackReference,
} from '@feedmill/core/reference/reference-set';
import { selectReference } from '@feedmill/store/queries/reference';
import { INSERT_REFERENCE } from '@feedmill/store/shard-session/statements';
import type { Database } from '../folder-database.ts';
import { mergeEntities, readEntities } from './entity-rows.ts';
import { mergeInstruments, overlaps, readInstruments } from './instrument-rows.ts';
import { mergeRates, readRates } from './rate-rows.ts';
import { mergeSignalRules, readSignalRules } from './signal-rules.ts';

/** A file of reference data that shall be loaded. */
export interface ReferenceFile {
  readonly kind: ReferenceKind;
  readonly path: string;
  /** Instead of adding to what is there. */
  readonly replaces: boolean;
  /** Of a list of symbols without one. */
  readonly venue: string | undefined;
}

/** What came of it. */
export interface LoadedReference {
  readonly kind: ReferenceKind;
  readonly version: number;
  /** Of all that is known now. */
  readonly rows: number;
  /** False where the file says nothing new: the version stays. */
  readonly isNew: boolean;
}

/**
 * Makes a new version of reference data out of a file and what was known. Workers take it up within
 * seconds.
 *
 * @param nowNanos when it is loaded
 * @throws FeedmillError CONFIG_INVALID, naming every fault with its line
 */
export async function loadReference(
  database: Database,
  file: ReferenceFile,
  nowNanos: bigint,
): Promise<LoadedReference> {
  const text = await readText(file.path);
  await database.query('begin');
  try {
    // Two that load at a time make two versions, one on top of the other.
    await database.query('lock table feedmill.reference in share row exclusive mode');
    const loaded = await merge(database, file, text, nowNanos);
    await database.query('commit');
    return loaded;
  } catch (error) {
    await database.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function merge(
  database: Database,
  file: ReferenceFile,
  text: string,
  nowNanos: bigint,
): Promise<LoadedReference> {
  const { kind, path, replaces } = file;
  const record = await selectReference(database, kind);
  const known = record === undefined ? undefined : unpackReference(kind, record.content);
  const content = contentOf(file, text, replaces ? undefined : known);
  const rows = 'rates' in content ? content.rates.length : content.length;
  const version = record?.version ?? 0;
  if (known !== undefined && JSON.stringify(known) === JSON.stringify(content)) {
    return { kind, version, rows, isNew: false };
  }
  const packed = packReference(kind, content);
  const values = [String(version + 1), String(nowNanos), kind, path, packed];
  await database.query(INSERT_REFERENCE.text, values);
  return { kind, version: version + 1, rows, isNew: true };
}

function contentOf(
  { kind, path, venue }: ReferenceFile,
  text: string,
  known: ReferenceContent<ReferenceKind> | undefined,
): ReferenceContent<ReferenceKind> {
  switch (kind) {
    case 'instruments': {
      const loaded = readInstruments(text, path);
      const merged = mergeInstruments((known ?? []) as typeof loaded, loaded);
      const [fault] = overlaps(merged);
      if (fault !== undefined) throw new FeedmillError('CONFIG_INVALID', `${path}: ${fault}.`);
      return merged;
    }
    case 'entities': {
      const loaded = readEntities(text, path, venue);
      return mergeEntities((known ?? []) as typeof loaded, loaded);
    }
    case 'rates': {
      const loaded = readRates(text, path);
      return mergeRates(known as typeof loaded | undefined, loaded);
    }
    case 'signals': {
      const loaded = readSignalRules(text, path);
      return mergeSignalRules((known ?? []) as typeof loaded, loaded);
    }
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { message } = FeedmillError.from(error);
    throw new FeedmillError('USAGE', `${file} cannot be read: ${message}.`, { cause: error });
  }
}
