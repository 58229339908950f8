/** A passage of a source file, and what stands in its place instead. */
export interface SourceEdit {
  /** Below the repository. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A deliberate defect: whoever claims to find defects has to find this one. */
export interface Mutant {
  /** By which it is switched on: `npm run sim -- --mutant NAME`. */
  readonly name: string;
  /** What is wrong with it, for people. */
  readonly what: string;
  /** It takes so many regions to see it; undefined: one. */
  readonly regions?: number;
  readonly edits: readonly [SourceEdit, ...SourceEdit[]];
}
