import { fromBinary } from '@bufbuild/protobuf';
import {
  ChangeRegisterRequestSchema,
  ChangeRegisterResponseSchema,
  RenewRequestSchema,
  RenewResponseSchema,
} from '@feedmill/proto/feedmill/v1/witness_pb';
import { answerChange, answerRenewal } from '@feedmill/witness/witness-calls';
import type { WitnessDesk } from '@feedmill/witness/witness-desk';
import type { SimProcess } from '../kernel/sim-process.ts';
import { type CallOpening, GRPC_KEEP_ALIVE_MS } from './grpc-messages.ts';
import { encoded, unaryListener } from './server-calls.ts';
import type { SimNetwork } from './sim-network.ts';

/** The witness's door on the simulated network: what witness-server.ts is on the real one. */
export function openWitnessDoor(
  program: SimProcess,
  network: SimNetwork,
  address: string,
  desk: WitnessDesk,
): void {
  network.listen(program, address, GRPC_KEEP_ALIVE_MS, (socket, opening) => {
    const { method } = opening as CallOpening;
    return unaryListener(socket, async (bytes) => {
      if (method === 'renew') {
        const request = fromBinary(RenewRequestSchema, bytes);
        return encoded(RenewResponseSchema, await answerRenewal(desk, request));
      }
      const request = fromBinary(ChangeRegisterRequestSchema, bytes);
      return encoded(ChangeRegisterResponseSchema, await answerChange(desk, request));
    });
  });
}
