import type { SignalRule } from './signal-rule.ts';
import type { Finding } from './watch.ts';

/** Something that a rule has found about an instrument. */
export interface Signal extends Finding {
  readonly rule: SignalRule;
  readonly instrumentId: bigint;
  /** Whether somebody shall be told. */
  readonly isAlert: boolean;
}

export type EmitSignal = (signal: Signal) => void;
