import { create } from '@bufbuild/protobuf';
import {
  changeMessage,
  registerMessage,
  registerOfMessage,
  type ShardKey,
} from '@feedmill/core/region/register-message';
import {
  type ChangeRegisterRequest,
  type ChangeRegisterResponse,
  type RenewRequest,
  RenewRequestSchema,
  type RenewResponse,
} from '@feedmill/proto/feedmill/v1/witness_pb';
import type { WitnessClient } from './region-links.ts';

/** The calls of the witness, and what they answer with. */
interface WitnessMethods {
  readonly renew: { readonly request: RenewRequest; readonly response: RenewResponse };
  readonly changeRegister: {
    readonly request: ChangeRegisterRequest;
    readonly response: ChangeRegisterResponse;
  };
}

/** One call to the witness; rejects where no answer comes in time. */
export type WitnessCall = <Method extends keyof WitnessMethods>(
  method: Method,
  request: WitnessMethods[Method]['request'],
  timeoutMs: number,
) => Promise<WitnessMethods[Method]['response']>;

/** What a region says to the witness about a shard, over whatever carries the calls. */
export function callWitness(key: ShardKey, call: WitnessCall, close: () => void): WitnessClient {
  return {
    async renew({ region, known, primaryEpoch, session }, timeoutMs) {
      const request = create(RenewRequestSchema, { ...key, region, primaryEpoch, session });
      if (known !== undefined) request.known = registerMessage(known);
      const answer = await call('renew', request, timeoutMs);
      const { register, inDoubt: isInDoubt } = answer;
      return {
        session: answer.session,
        register: register && registerOfMessage(register),
        isInDoubt,
      };
    },
    async change(request, timeoutMs) {
      const answer = await call('changeRegister', changeMessage(key, request), timeoutMs);
      const { granted: isGranted, why, register, session } = answer;
      return { isGranted, why, register: register && registerOfMessage(register), session };
    },
    close,
  };
}
