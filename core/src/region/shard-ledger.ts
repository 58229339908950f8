import {
  type ChangeRequest,
  type ChangeResult,
  changeRegister,
  type RegionName,
  type Register,
  sameRegister,
} from './register.ts';

/**
 * The witness's page for one shard: its register, and whether that can be believed. A witness that
 * came back with an old copy of its volume would grant what must not be granted; the regions, each
 * with the newest register it knows on a volume of its own, are the second source.
 */
export interface ShardLedger {
  readonly register: Register | undefined;
  /**
   * Set while the register is in doubt: what each region has said since. Nothing is granted until
   * both have spoken, and then the newest register of all counts.
   */
  readonly doubt: ReadonlyMap<RegionName, Register> | undefined;
}

/** A ledger as it is found at a start; `isRestored`: somebody says that it may be an old copy. */
export function openLedger(register: Register | undefined, isRestored: boolean): ShardLedger {
  return { register, doubt: isRestored ? new Map() : undefined };
}

/** Hears what register a region knows. */
export function hear(ledger: ShardLedger, region: RegionName, known: Register): ShardLedger {
  const { register, doubt } = ledger;
  if (doubt === undefined && !isAheadOf(known, register)) return ledger;
  const said = new Map(doubt).set(region, known);
  const newest = newestOf(register, said);
  if (newest === undefined || newest === 'two') return { register, doubt: said };
  const isSettled = said.has(newest.primary) && said.has(newest.standby);
  return isSettled ? { register: newest, doubt: undefined } : { register, doubt: said };
}

const isAheadOf = (known: Register, register: Register | undefined): boolean =>
  register === undefined ||
  known.version > register.version ||
  (known.version === register.version && !sameRegister(known, register));

/** `two`: there are two histories, and only a person can say which one counts. */
function newestOf(
  register: Register | undefined,
  said: ReadonlyMap<RegionName, Register>,
): Register | 'two' | undefined {
  let newest = register;
  for (const known of said.values()) {
    if (newest === undefined || known.version > newest.version) newest = known;
  }
  const all = [register, ...said.values()].filter((each) => each?.version === newest?.version);
  return all.every((each) => sameRegister(each, newest)) ? newest : 'two';
}

/** Asks for a change. While the register is in doubt there is none. */
export function changeLedger(
  ledger: ShardLedger,
  request: ChangeRequest,
): { readonly ledger: ShardLedger; readonly result: ChangeResult } {
  if (ledger.doubt !== undefined) {
    const why = 'the register may be an old copy; both regions have to say first what they know';
    return { ledger, result: { kind: 'refused', why } };
  }
  const result = changeRegister(ledger.register, request);
  if (result.kind === 'refused') return { ledger, result };
  return { ledger: { register: result.register, doubt: undefined }, result };
}
