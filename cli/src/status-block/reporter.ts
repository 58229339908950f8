import type { StatusView } from './feed-row.ts';

/** What a running command tells its user. */
export interface Reporter {
  /** A line that stays. */
  note(text: string): void;
  /** A line that stays and asks for attention. */
  warn(text: string): void;
  /** The current state; drawn in place on a terminal, now and then as lines elsewhere. */
  show(view: StatusView): void;
  /** Takes the block away (or leaves its last form standing) and gives the terminal back. */
  close(): void;
}
