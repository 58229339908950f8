import type { Clock } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import type { Reporter } from '../status-block/reporter.ts';

/** What everything in the supervisor needs from outside. */
export interface ProcessDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Reporter;
}
