import { create } from '@bufbuild/protobuf';
import {
  changeOfMessage,
  registerMessage,
  registerOfMessage,
} from '@feedmill/core/region/register-message';
import {
  type ChangeRegisterRequest,
  type ChangeRegisterResponse,
  ChangeRegisterResponseSchema,
  type RenewRequest,
  type RenewResponse,
  RenewResponseSchema,
} from '@feedmill/proto/feedmill/v1/witness_pb';
import type { WitnessDesk } from './witness-desk.ts';

/** Answers Renew. */
export async function answerRenewal(
  desk: WitnessDesk,
  request: RenewRequest,
): Promise<RenewResponse> {
  const { region, known, primaryEpoch, session } = request;
  const answer = await desk.renew(request, {
    region,
    known: known && registerOfMessage(known),
    primaryEpoch,
    session,
  });
  const { register } = answer;
  return create(RenewResponseSchema, {
    session: desk.session,
    ...(register && { register: registerMessage(register) }),
    inDoubt: answer.isInDoubt,
    primarySilentMs: Math.round(answer.primarySilentMs),
  });
}

/** Answers ChangeRegister. */
export async function answerChange(
  desk: WitnessDesk,
  request: ChangeRegisterRequest,
): Promise<ChangeRegisterResponse> {
  const asked = changeOfMessage(request);
  const { session } = desk;
  if (asked === undefined) {
    const why = `this witness does not know the change ${request.change}`;
    return create(ChangeRegisterResponseSchema, { granted: false, why, session });
  }
  const { isGranted: granted, why, register } = await desk.change(request, asked);
  return create(ChangeRegisterResponseSchema, {
    granted,
    why,
    ...(register && { register: registerMessage(register) }),
    session,
  });
}
