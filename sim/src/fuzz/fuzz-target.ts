import type fc from 'fast-check';

/** Something that reads what others have written, whatever that is. */
export interface FuzzTarget {
  readonly name: string;
  readonly what: string;
  /** Fails where anything is drawn that is not answered as it should be. */
  readonly property: fc.IRawProperty<unknown>;
  /** What was found once, and what is worth trying at any time. */
  readonly corpus: readonly unknown[];
}
