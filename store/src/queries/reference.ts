import type { Queryable } from './progress.ts';

/** A row of feedmill.reference. */
export interface ReferenceRecord {
  readonly kind: string;
  readonly version: number;
  readonly source: string;
  /** ns. */
  readonly tsLoaded: bigint;
  readonly content: Uint8Array;
}

export const SELECT_REFERENCE_VERSIONS = `
select r.kind, max(r.version) as version from feedmill.reference r group by r.kind`;

export const SELECT_REFERENCE = `
select r.kind, r.version, r.source, r.ts_loaded, r.content
from feedmill.reference r where r.kind = $1 order by r.version desc limit 1`;

/** The newest version of each kind. */
export async function selectReferenceVersions(db: Queryable): Promise<Map<string, number>> {
  const { rows } = await db.query<{ kind: string; version: string }>(SELECT_REFERENCE_VERSIONS, []);
  return new Map(rows.map(({ kind, version }) => [kind, Number(version)]));
}

/** The newest of a kind, with its content. */
export async function selectReference(
  db: Queryable,
  kind: string,
): Promise<ReferenceRecord | undefined> {
  const { rows } = await db.query<{
    kind: string;
    version: string;
    source: string;
    ts_loaded: string;
    content: Buffer;
  }>(SELECT_REFERENCE, [kind]);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    kind: row.kind,
    version: Number(row.version),
    source: row.source,
    tsLoaded: BigInt(row.ts_loaded),
    content: row.content,
  };
}
