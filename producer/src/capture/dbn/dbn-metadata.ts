import { FeedmillError } from '@feedmill/core/errors';
import { METADATA_BYTES_MAX } from '../limits.ts';

/** What a DBN file says of itself before its records. */
export interface DbnMetadata {
  readonly version: number;
  /** Such as GLBX.MDP3. */
  readonly dataset: string;
  /** Number of the schema; undefined where records of several are mixed. */
  readonly schema: number | undefined;
  /** What symbols the mappings begin with: STYPE_RAW_SYMBOL for the feed's own. */
  readonly stypeIn: number;
  readonly mappings: readonly SymbolMapping[];
}

/** By which symbol an instrument id was known, and when. */
export interface SymbolMapping {
  readonly symbol: string;
  readonly instrumentId: number;
  /** First day, and the day behind the last, as YYYYMMDD. */
  readonly startDate: number;
  readonly endDate: number;
}

export const STYPE_RAW_SYMBOL = 1;
const MAGIC = 'DBN';
export const PRELUDE_BYTES = 8;
const SCHEMA_MIXED = 0xffff;
const VERSION_MAX = 3;
const SYMBOL_BYTES_V1 = 22;
// dataset, schema, start, end, limit: the same in all versions.
const FIXED_BYTES = 100;
const SCHEMA_AT = 16;
const STYPE_IN_AT = { v1: 50, later: 42 } as const;
const SYMBOL_BYTES_AT = 45;

/**
 * Length of everything before the records, by its first PRELUDE_BYTES.
 *
 * @throws FeedmillError SOURCE_FAILED where it is no DBN, or a version that is not known
 */
export function metadataBytes(prelude: Buffer, path: string): number {
  const version = prelude[3] ?? 0;
  if (prelude.length < PRELUDE_BYTES || prelude.toString('latin1', 0, 3) !== MAGIC) {
    throw damaged(path, 'is no DBN file: it does not begin with DBN');
  }
  if (version < 1 || version > VERSION_MAX) {
    throw damaged(path, `is DBN version ${version}; 1 to ${VERSION_MAX} can be read`);
  }
  const length = prelude.readUInt32LE(4);
  if (length > METADATA_BYTES_MAX) {
    const allowed = `at most ${METADATA_BYTES_MAX} are allowed`;
    throw damaged(path, `says that its metadata have ${length} bytes; ${allowed}`);
  }
  return PRELUDE_BYTES + length;
}

/**
 * @param bytes the whole of the metadata, with its prelude
 * @throws FeedmillError SOURCE_FAILED where it is cut or contradicts itself
 */
export function readMetadata(bytes: Buffer, path: string): DbnMetadata {
  const version = bytes[3] ?? 0;
  const body = bytes.subarray(PRELUDE_BYTES);
  if (body.length < FIXED_BYTES) throw damaged(path, 'has metadata that are too short');
  const symbolBytes = version === 1 ? SYMBOL_BYTES_V1 : body.readUInt16LE(SYMBOL_BYTES_AT);
  const schema = body.readUInt16LE(SCHEMA_AT);
  return {
    version,
    dataset: textOf(body, 0, 16),
    schema: schema === SCHEMA_MIXED ? undefined : schema,
    stypeIn: body[version === 1 ? STYPE_IN_AT.v1 : STYPE_IN_AT.later] ?? 0,
    mappings: readMappings(body, symbolBytes, path),
  };
}

function readMappings(body: Buffer, symbolBytes: number, path: string): SymbolMapping[] {
  let at = FIXED_BYTES;
  const take = (bytes: number): number => {
    const from = at;
    at += bytes;
    if (at > body.length) throw damaged(path, 'has metadata that end too early');
    return from;
  };
  const uint32 = (): number => body.readUInt32LE(take(4));
  const symbol = (): string => textOf(body, take(symbolBytes), symbolBytes);
  // The definition of the schema, which no version has used, and three lists of symbols.
  take(uint32());
  for (let list = 0; list < 3; list += 1) take(uint32() * symbolBytes);
  const mappings: SymbolMapping[] = [];
  for (let left = uint32(); left > 0; left -= 1) {
    const rawSymbol = symbol();
    for (let intervals = uint32(); intervals > 0; intervals -= 1) {
      const startDate = uint32();
      const endDate = uint32();
      const instrumentId = Number(symbol());
      if (!Number.isInteger(instrumentId)) continue;
      mappings.push({ symbol: rawSymbol, instrumentId, startDate, endDate });
    }
  }
  return mappings;
}

/** A text that ends at its first zero. */
export function textOf(bytes: Buffer, from: number, length: number): string {
  const zero = bytes.indexOf(0, from);
  const end = zero < 0 || zero > from + length ? from + length : zero;
  return bytes.toString('utf8', from, end);
}

export const damaged = (path: string, problem: string): FeedmillError =>
  new FeedmillError('SOURCE_FAILED', `The capture file '${path}' ${problem}.`);
