import { asEpoch, type Epoch } from '../brand.ts';

/** Name of a region: `east`, `eu-west-1`. Two form a pair. */
export type RegionName = string;

/** What the witness keeps of one shard: who may accept events, and who may take over. */
export interface Register {
  /** +1 with every change. */
  readonly version: number;
  /** Epoch of the primary. */
  readonly epoch: Epoch;
  readonly primary: RegionName;
  readonly standby: RegionName;
  /** Whether the standby holds every acknowledged event, so that it may take over. */
  readonly inSync: boolean;
  /**
   * Only a region whose volume says that it held everything in this epoch, or in a later one, may
   * be primary: one that lost its volume, or got an old copy of it back, may not.
   */
  readonly baseEpoch: Epoch;
  /** The newest epoch that was begun by force, giving up what only the other side had; or 0. */
  readonly forcedEpoch: Epoch;
}

/** What a region may ask of the register. Epochs are named by who asks, and only rise. */
export type Change =
  /** There is no register yet: the region begins as primary, alone. */
  | { readonly kind: 'create'; readonly epoch: Epoch; readonly standby: RegionName }
  /** The primary begins a new epoch: after a restart, or where it missed its promotion. */
  | { readonly kind: 'take'; readonly epoch: Epoch }
  /** The standby takes over; `isAlone`: and goes on without the old primary at once. */
  | { readonly kind: 'promote'; readonly epoch: Epoch; readonly isAlone: boolean }
  /** The primary goes on without its standby, which can then not take over. */
  | { readonly kind: 'go-alone' }
  /** The standby holds everything again. */
  | { readonly kind: 'be-in-sync' }
  /** The primary, drained, makes the standby primary. */
  | { readonly kind: 'hand-over'; readonly epoch: Epoch }
  /** A person makes the standby primary, whatever it lacks. */
  | { readonly kind: 'force'; readonly epoch: Epoch };

export interface ChangeRequest {
  /** Who asks; for `force` the region that shall be primary. */
  readonly region: RegionName;
  /** The register that the request was decided on; undefined: there was none. */
  readonly decidedOn: Register | undefined;
  readonly change: Change;
}

export type ChangeResult =
  | { readonly kind: 'changed'; readonly register: Register }
  | { readonly kind: 'refused'; readonly why: string };

/** Whether two registers say the same, version included. */
export function sameRegister(one: Register | undefined, other: Register | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.version === other.version &&
    one.epoch === other.epoch &&
    one.primary === other.primary &&
    one.standby === other.standby &&
    one.inSync === other.inSync &&
    one.baseEpoch === other.baseEpoch &&
    one.forcedEpoch === other.forcedEpoch
  );
}

/**
 * The whole law of the register: compare-and-set on all of it, and who may change what. Time has no
 * part in it; that the witness also waits for silence only keeps it from changing too early.
 */
export function changeRegister(
  register: Register | undefined,
  request: ChangeRequest,
): ChangeResult {
  const { decidedOn, change } = request;
  const standing = register?.version ?? 0;
  if (!sameRegister(decidedOn, register)) {
    const seen = decidedOn?.version ?? 0;
    return refused(`it was decided on version ${seen}, but another, ${standing}, stands`);
  }
  if ('epoch' in change && register !== undefined && change.epoch <= register.epoch) {
    return refused(`epoch ${change.epoch} is not above ${register.epoch}, which stands`);
  }
  if (register === undefined) return createRegister(request);
  const why = refusalOf(register, request);
  if (why !== undefined) return refused(why);
  return { kind: 'changed', register: { ...changed(register, request), version: standing + 1 } };
}

function createRegister({ region, change }: ChangeRequest): ChangeResult {
  if (change.kind !== 'create') return refused('there is no register yet');
  const { epoch, standby } = change;
  if (standby === region) return refused(`${region} cannot be its own standby`);
  const forcedEpoch = asEpoch(0);
  const register = { version: 1, epoch, primary: region, standby, inSync: false };
  return { kind: 'changed', register: { ...register, baseEpoch: epoch, forcedEpoch } };
}

function refusalOf(register: Register, { region, change }: ChangeRequest): string | undefined {
  const { primary, standby, inSync } = register;
  switch (change.kind) {
    case 'create':
      return `there is a register already, and ${primary} is primary`;
    case 'take':
    case 'go-alone':
    case 'be-in-sync':
      return region === primary ? undefined : `${primary} is primary, not ${region}`;
    case 'hand-over':
      if (region !== primary) return `${primary} is primary, not ${region}`;
      return inSync ? undefined : `${standby} is not in sync`;
    case 'promote':
      if (region !== standby) return `${standby} is the standby, not ${region}`;
      return inSync ? undefined : `${standby} is not in sync`;
    case 'force':
      return region === standby ? undefined : `${standby} is the standby, not ${region}`;
  }
}

function changed(register: Register, { change }: ChangeRequest): Register {
  const { primary, standby, epoch } = register;
  switch (change.kind) {
    case 'create':
      return register;
    case 'take':
      return { ...register, epoch: change.epoch };
    case 'go-alone':
      return { ...register, inSync: false, baseEpoch: epoch };
    case 'be-in-sync':
      return { ...register, inSync: true, baseEpoch: epoch };
    case 'promote':
    case 'hand-over': {
      const isAlone = change.kind === 'promote' && change.isAlone;
      const swapped = { ...register, primary: standby, standby: primary };
      return { ...swapped, epoch: change.epoch, inSync: !isAlone };
    }
    case 'force': {
      const swapped = { ...register, primary: standby, standby: primary, inSync: false };
      // What the new primary holds is all there is from here on, however old it may be.
      const { epoch: forcedEpoch } = change;
      return { ...swapped, epoch: forcedEpoch, forcedEpoch, baseEpoch: asEpoch(0) };
    }
  }
}

const refused = (why: string): ChangeResult => ({ kind: 'refused', why });
