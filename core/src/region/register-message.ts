import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type ChangeRegisterRequest,
  ChangeRegisterRequestSchema,
  RegisterChange,
  type ShardRegister,
  ShardRegisterSchema,
} from '@feedmill/proto/feedmill/v1/witness_pb';
import { asEpoch } from '../brand.ts';
import type { Change, ChangeRequest, Register } from './register.ts';

/** Which shard of which Feedmill a register belongs to. */
export interface ShardKey {
  readonly clusterId: string;
  readonly shard: number;
}

export function registerMessage(register: Register): ShardRegister {
  return create(ShardRegisterSchema, { ...register, version: BigInt(register.version) });
}

export function registerOfMessage(message: ShardRegister): Register {
  const { version, epoch, primary, standby, inSync, baseEpoch, forcedEpoch } = message;
  return {
    version: Number(version),
    epoch: asEpoch(epoch),
    primary,
    standby,
    inSync,
    baseEpoch: asEpoch(baseEpoch),
    forcedEpoch: asEpoch(forcedEpoch),
  };
}

export function changeMessage(
  { clusterId, shard }: ShardKey,
  { region, decidedOn, change }: ChangeRequest,
): ChangeRegisterRequest {
  return create(ChangeRegisterRequestSchema, {
    clusterId,
    shard,
    region,
    ...(decidedOn === undefined ? {} : { decidedOn: registerMessage(decidedOn) }),
    ...changeFields(change),
  });
}

function changeFields(change: Change): MessageInitShape<typeof ChangeRegisterRequestSchema> {
  switch (change.kind) {
    case 'create':
      return {
        change: RegisterChange.CREATE,
        epoch: change.epoch,
        standby: change.standby,
      };
    case 'take':
      return { change: RegisterChange.TAKE, epoch: change.epoch };
    case 'promote': {
      const { PROMOTE, PROMOTE_ALONE } = RegisterChange;
      return { change: change.isAlone ? PROMOTE_ALONE : PROMOTE, epoch: change.epoch };
    }
    case 'go-alone':
      return { change: RegisterChange.GO_ALONE };
    case 'be-in-sync':
      return { change: RegisterChange.BE_IN_SYNC };
    case 'hand-over':
      return { change: RegisterChange.HAND_OVER, epoch: change.epoch };
    case 'force':
      return { change: RegisterChange.FORCE, epoch: change.epoch };
  }
}

/** Undefined for a change that this version does not know. */
export function changeOfMessage(message: ChangeRegisterRequest): ChangeRequest | undefined {
  const { region, decidedOn, standby } = message;
  const change = changeOf(message.change, asEpoch(message.epoch), standby);
  if (change === undefined) return undefined;
  const register = decidedOn === undefined ? undefined : registerOfMessage(decidedOn);
  return { region, decidedOn: register, change };
}

function changeOf(
  kind: RegisterChange,
  epoch: ReturnType<typeof asEpoch>,
  standby: string,
): Change | undefined {
  switch (kind) {
    case RegisterChange.CREATE:
      return { kind: 'create', epoch, standby };
    case RegisterChange.TAKE:
      return { kind: 'take', epoch };
    case RegisterChange.PROMOTE:
      return { kind: 'promote', epoch, isAlone: false };
    case RegisterChange.PROMOTE_ALONE:
      return { kind: 'promote', epoch, isAlone: true };
    case RegisterChange.GO_ALONE:
      return { kind: 'go-alone' };
    case RegisterChange.BE_IN_SYNC:
      return { kind: 'be-in-sync' };
    case RegisterChange.HAND_OVER:
      return { kind: 'hand-over', epoch };
    case RegisterChange.FORCE:
      return { kind: 'force', epoch };
    default:
      return undefined;
  }
}
