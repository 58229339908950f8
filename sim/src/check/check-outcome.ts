import { HASHED_TABLES } from '@feedmill/store/verify/statements';
import type { World } from '../cluster/world.ts';
import { checkBars } from './offline-bars.ts';
import type { Outcome } from './outcome.ts';
import { checkCounters, checkLedger, checkReceiveTimes } from './progress-checks.ts';
import { checkAgainstReference } from './reference-run.ts';
import { tableDifference } from './table-difference.ts';

/** Everything that can be said once all is committed. */
export async function checkOutcome(world: World): Promise<void> {
  const { feeds, options, scheduler, findings, damage } = world;
  for (const { postgres } of world.regions) {
    const outcome: Outcome = { postgres, feeds, options, scheduler, findings };
    checkLedger(outcome);
    checkReceiveTimes(outcome);
    // What is lost with a journal that had to be given up is lost for bars and gaps as well.
    if (damage.givenUp.size > 0) continue;
    checkCounters(outcome);
    checkBars(outcome);
    await checkAgainstReference(outcome);
  }
  checkEquality(world);
}

/** Both regions hold the same rows, down to the time of receipt. */
function checkEquality({ regions, findings }: World): void {
  const [first, second] = regions;
  if (second === undefined) return;
  for (const table of HASHED_TABLES) {
    const [one, other] = [first.postgres.table(table), second.postgres.table(table)];
    const fault = tableDifference(one, other, new Set());
    if (fault !== undefined) findings.add('regions differ', `${first.name}: ${fault}`);
  }
}
