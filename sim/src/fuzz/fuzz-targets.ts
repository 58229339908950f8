import { BATCH_TARGET } from './batch-target.ts';
import { CAPTURE_TARGET } from './capture-target.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { JOURNAL_TARGET } from './journal-target.ts';

export const FUZZ_TARGETS: readonly FuzzTarget[] = [BATCH_TARGET, JOURNAL_TARGET, CAPTURE_TARGET];
