import {
  type ChangeRegisterRequest,
  type RenewRequest,
  WitnessService,
} from '@feedmill/proto/feedmill/v1/witness_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { LIMITS } from '../limits.ts';
import { answerChange, answerRenewal } from '../witness-calls.ts';
import type { WitnessDesk } from '../witness-desk.ts';

/** The witness's listening gRPC server. */
export interface WitnessServer {
  /** host:port it listens on. */
  readonly address: string;
  close(): Promise<void>;
}

/** @param listen host:port; port 0 takes a free one */
export async function startWitnessServer(
  listen: string,
  desk: WitnessDesk,
): Promise<WitnessServer> {
  const server = new Server({
    'grpc.max_receive_message_length': LIMITS.requestBytesMax,
    'grpc.max_concurrent_streams': LIMITS.callsMax,
  });
  server.addService(grpcServiceDefinition(WitnessService), {
    renew: unary((request: RenewRequest) => answerRenewal(desk, request)),
    changeRegister: unary((request: ChangeRegisterRequest) => answerChange(desk, request)),
  });
  new HealthImplementation({ '': 'SERVING' }).addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(listen, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `${listen.slice(0, listen.lastIndexOf(':'))}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
        server.forceShutdown();
      }),
  };
}

function unary<Request, Response>(
  handle: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handle(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => {
        const details = error instanceof Error ? error.message : String(error);
        callback({ code: status.UNAVAILABLE, details });
      },
    );
  };
}
