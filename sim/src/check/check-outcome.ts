import type { World } from '../cluster/world.ts';
import { checkBars } from './offline-bars.ts';
import { checkCounters, checkLedger, checkReceiveTimes } from './progress-checks.ts';
import { checkAgainstReference } from './reference-run.ts';

/** Everything that can be said once all is committed. */
export async function checkOutcome(world: World): Promise<void> {
  checkLedger(world);
  checkReceiveTimes(world);
  // What is lost with a journal that had to be given up is lost for bars and gaps as well.
  if (world.damage.givenUp.size > 0) return;
  checkCounters(world);
  checkBars(world);
  await checkAgainstReference(world);
}
