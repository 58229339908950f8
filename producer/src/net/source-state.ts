/**
 * Where a producer keeps what its next start must know of this one: a text of its source's own.
 */
export interface SourceState {
  /** Undefined where nothing was kept yet. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}
