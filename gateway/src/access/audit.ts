import type { Principal } from './principal.ts';

/** Who asked for what, and what became of it. */
export interface AuditEntry {
  readonly request: string;
  readonly address: string;
  /** Undefined where nobody was let in. */
  readonly principal: Pick<Principal, 'kind' | 'id' | 'name'> | undefined;
  readonly method: string;
  /** Path and query; keys and tokens never stand in it. */
  readonly target: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Writes an entry down. */
export type Audit = (entry: AuditEntry) => void;
