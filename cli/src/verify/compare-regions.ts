import { createHash } from 'node:crypto';
import { selectAllProducers } from '@feedmill/store/queries/progress';
import {
  type RangeHash,
  readRangeHashes,
  readSequenceHashes,
  type SequenceHash,
} from '@feedmill/store/verify/range-hashes';
import type { Database } from '../folder-database.ts';

/** Sequences that are hashed together: small enough to look into when two differ. */
const RANGE_EVENTS = 10_000;

/** The first thing that two regions do not have in common. */
export interface RegionDifference {
  /** Sequences that were looked into. */
  readonly first: number;
  readonly last: number;
  /** The lowest sequence whose rows differ, and in which table. */
  readonly sequence: number;
  readonly table: string;
  readonly rows: readonly [number, number];
}

/** One producer in both regions. */
export interface ProducerComparison {
  readonly producer: string;
  /** Last committed sequence in each region. */
  readonly committed: readonly [number, number];
  /** Ranges that both have in full. */
  readonly ranges: number;
  /** Chain over the hashes of all ranges that were compared, in each region. */
  readonly chains: readonly [string, string];
  readonly isEqual: boolean;
  readonly difference?: RegionDifference;
}

interface RegionRows {
  readonly database: Database;
  readonly committed: ReadonlyMap<bigint, { readonly name: string; readonly last: number }>;
  readonly ranges: ReadonlyMap<bigint, readonly RangeHash[]>;
}

/**
 * Holds the rows of two regions against each other, producer by producer, by the hashes of runs of
 * sequences. Where one region is ahead, only the runs are compared that both have in full.
 */
export async function compareRegions(
  one: Database,
  other: Database,
): Promise<readonly ProducerComparison[]> {
  const pair = await Promise.all([readRegion(one), readRegion(other)]);
  const ids = new Set(pair.flatMap(({ committed }) => [...committed.keys()]));
  const compared: ProducerComparison[] = [];
  for (const id of ids) compared.push(await compareProducer(id, pair));
  return compared.sort((a, b) => (a.producer < b.producer ? -1 : 1));
}

async function readRegion(database: Database): Promise<RegionRows> {
  await database.query('begin isolation level repeatable read read only');
  try {
    const records = await selectAllProducers(database);
    const committed = new Map(
      records.map(({ producerId, name, lastSequence }) => [
        producerId,
        { name, last: lastSequence },
      ]),
    );
    return { database, committed, ranges: await readRangeHashes(database, RANGE_EVENTS) };
  } finally {
    await database.query('rollback').catch(() => undefined);
  }
}

async function compareProducer(
  id: bigint,
  pair: readonly [RegionRows, RegionRows],
): Promise<ProducerComparison> {
  const last = pair.map(({ committed }) => committed.get(id)?.last ?? 0) as [number, number];
  const producer = pair.map(({ committed }) => committed.get(id)?.name).find(Boolean) ?? String(id);
  const isLevel = last[0] === last[1];
  const whole = Math.floor(Math.min(...last) / RANGE_EVENTS);
  const ranges = isLevel ? Math.ceil(last[0] / RANGE_EVENTS) : whole;
  const [ours, theirs] = pair.map((region) => {
    const found = region.ranges.get(id) ?? [];
    return found.filter(({ index }) => isLevel || index < whole);
  }) as [RangeHash[], RangeHash[]];
  const fields = {
    producer,
    committed: last,
    ranges,
    chains: [chain(ours), chain(theirs)],
  } as const;
  const index = firstDifference(ours, theirs);
  if (index === undefined) return { ...fields, isEqual: true };
  const first = index * RANGE_EVENTS + 1;
  const difference = await findDifference(id, pair, first, first + RANGE_EVENTS - 1);
  return { ...fields, isEqual: false, ...(difference && { difference }) };
}

function chain(ranges: readonly RangeHash[]): string {
  let end = '';
  for (const { index, rows, hash } of ranges) {
    end = createHash('sha256').update(`${end} ${index} ${rows} ${hash}`).digest('hex');
  }
  return end.slice(0, 16);
}

function firstDifference(
  ours: readonly RangeHash[],
  theirs: readonly RangeHash[],
): number | undefined {
  const byIndex = new Map(theirs.map((range) => [range.index, range]));
  const differing = ours
    .filter(({ index, rows, hash }) => {
      const their = byIndex.get(index);
      byIndex.delete(index);
      return their?.rows !== rows || their.hash !== hash;
    })
    .map(({ index }) => index);
  const all = [...differing, ...byIndex.keys()];
  return all.length === 0 ? undefined : Math.min(...all);
}

async function findDifference(
  id: bigint,
  pair: readonly [RegionRows, RegionRows],
  first: number,
  last: number,
): Promise<RegionDifference | undefined> {
  const [ours, theirs] = (await Promise.all(
    pair.map(({ database }) => readSequenceHashes(database, id, first, last)),
  )) as [SequenceHash[], SequenceHash[]];
  const keyOf = ({ sequence, table }: SequenceHash): string => `${sequence} ${table}`;
  const byKey = new Map(theirs.map((each) => [keyOf(each), each]));
  const found: RegionDifference[] = [];
  const note = (one: SequenceHash, rows: readonly [number, number]): void => {
    found.push({ first, last, sequence: one.sequence, table: one.table, rows });
  };
  for (const our of ours) {
    const their = byKey.get(keyOf(our));
    byKey.delete(keyOf(our));
    if (their?.rows !== our.rows || their.hash !== our.hash)
      note(our, [our.rows, their?.rows ?? 0]);
  }
  for (const their of byKey.values()) note(their, [0, their.rows]);
  return found.sort((a, b) => a.sequence - b.sequence)[0];
}
