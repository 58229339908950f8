import type { FeedmillError } from '@feedmill/core/errors';
import { status } from '@grpc/grpc-js';

/** How a stream ends: a gRPC status, its sentence, and trailers for the program. */
export interface Refusal {
  readonly code: status;
  readonly details: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

export const refusals = {
  noHello: (timeoutMs: number): Refusal => ({
    code: status.DEADLINE_EXCEEDED,
    details: `No Hello came within ${timeoutMs} ms; it must be the first message of a stream.`,
  }),
  helloFirst: (): Refusal => ({
    code: status.FAILED_PRECONDITION,
    details: 'A Batch came before the Hello; send Hello first and wait for the Welcome.',
  }),
  secondHello: (): Refusal => ({
    code: status.INVALID_ARGUMENT,
    details: 'A second Hello came on this stream; open another stream instead.',
  }),
  unknownProducer: (name: string): Refusal => ({
    code: status.NOT_FOUND,
    details:
      `Nobody declared a producer '${name}'. Declare it (a Producer object, or --source ` +
      'push:NAME in local mode) and try again.',
  }),
  boundElsewhere: (name: string, shard: number, address: string): Refusal => ({
    code: status.FAILED_PRECONDITION,
    details: `Producer '${name}' is bound to shard ${shard} at ${address}.`,
    trailers: { 'feedmill-shard': String(shard), 'feedmill-address': address },
  }),
  moving: (name: string): Refusal => ({
    code: status.UNAVAILABLE,
    details: `Producer '${name}' is being moved; try again.`,
  }),
  wrongToken: (name: string): Refusal => ({
    code: status.PERMISSION_DENIED,
    details: `The token of producer '${name}' is wrong.`,
  }),
  olderIncarnation: (name: string, offered: bigint, known: bigint): Refusal => ({
    code: status.PERMISSION_DENIED,
    details:
      `Producer '${name}' came with incarnation ${offered}, but ${known} was already here. ` +
      'Two programs share the name, or the incarnation file was lost.',
    trailers: { 'feedmill-incarnation': String(known) },
  }),
  superseded: (name: string, incarnation: bigint): Refusal => ({
    code: status.ABORTED,
    details:
      `Producer '${name}' connected again with incarnation ${incarnation}; ` +
      'this stream is over.',
  }),
  reopened: (name: string): Refusal => ({
    code: status.UNAVAILABLE,
    details: `Producer '${name}' has opened another stream; this one is over.`,
  }),
  epochBehind: (known: number, ours: number): Refusal => ({
    code: status.UNAVAILABLE,
    details: `The producer knows epoch ${known}, this worker holds ${ours}; it must not accept.`,
  }),
  journalFull: (retryMs: number): Refusal => ({
    code: status.RESOURCE_EXHAUSTED,
    details: 'The journal has reached its disk budget; it accepts again when Postgres catches up.',
    trailers: { 'grpc-retry-pushback-ms': String(retryMs) },
  }),
  batchTooLarge: (bytes: number, bytesMax: number): Refusal => ({
    code: status.RESOURCE_EXHAUSTED,
    details: `The batch has ${bytes} bytes, ${bytesMax} are allowed; send smaller batches.`,
  }),
  invalidBatch: (error: FeedmillError): Refusal => ({
    code: status.INVALID_ARGUMENT,
    details: error.message,
  }),
  draining: (): Refusal => ({
    code: status.UNAVAILABLE,
    details: 'This worker is stopping; connect again.',
  }),
} as const;
