/**
 * Rules taken out, one at a time. The check is worth something only as long as it finds a way to
 * break an invariant without each of them.
 */
export const MUTANTS = {
  'ack-alone': 'acknowledge what only the own journal has, whatever the witness says',
  'alone-by-read': 'go on alone because the register says already that the standby is not in sync',
  'confirm-unsynced': 'the standby confirms what a crash would still take from it',
  'copied-after-restart': 'take the own journal for copied from the peer after a restart',
  'cut-nothing': 'follow a new primary without cutting back what it does not have',
  'in-sync-early': 'write that the standby is in sync before it holds what was acknowledged',
  'no-compare': 'apply a request on whatever register stands',
  'promote-any': 'promote a standby that is not in sync',
  'same-epoch': 'be primary again after a restart without a new epoch',
  'ship-unsynced': 'ship entries to the standby before the own sync',
  'sink-ahead': 'commit what is durable but not acknowledged',
  'stale-volume': 'begin as primary although the journal lacks what was acknowledged',
} as const;

export type Mutant = keyof typeof MUTANTS;
