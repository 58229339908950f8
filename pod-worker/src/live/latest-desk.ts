import { create } from '@bufbuild/protobuf';
import type { VenueQuote } from '@feedmill/core/quote/venue-quote';
import { stableId } from '@feedmill/core/stable-id';
import { bigintFromHalves } from '@feedmill/core/wire/int64-halves';
import {
  type LatestQuote,
  LatestQuoteSchema,
  type LatestRequest,
  type LatestResponse,
  LatestResponseSchema,
} from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { status } from '@grpc/grpc-js';
import type { WorkerLimits } from '../limits.ts';
import type { ShardProcessor } from '../process/shard-processor.ts';
import { CallRefused } from '../worker-doors.ts';
import { pairQuoteOf } from './pair-quote.ts';

export interface LatestDeskOptions {
  readonly processor: Pick<ShardProcessor, 'position' | 'tsInit' | 'quotes'>;
  readonly acknowledgedPosition: () => number;
  readonly nameOf: (producerId: bigint) => string;
  readonly limits: WorkerLimits;
}

/** Answers what the newest quotes are, from the memory of the processors. */
export class LatestDesk {
  readonly #options: LatestDeskOptions;

  constructor(options: LatestDeskOptions) {
    this.#options = options;
  }

  /** @throws CallRefused INVALID_ARGUMENT where more is asked for at once than allowed */
  answer({ instruments, assetPairs }: LatestRequest): LatestResponse {
    const { processor, acknowledgedPosition, limits } = this.#options;
    const names = instruments.length + assetPairs.length;
    if (names > limits.latestNamesMax) {
      throw new CallRefused({
        code: status.INVALID_ARGUMENT,
        details:
          `${names} instruments and pairs were asked for; ${limits.latestNamesMax} are allowed ` +
          'at once. Ask in several calls, or follow the shard.',
      });
    }
    const { quotes, position, tsInit } = processor;
    const response = create(LatestResponseSchema, {
      position: BigInt(position),
      tsInit,
      acknowledgedPosition: BigInt(acknowledgedPosition()),
    });
    for (const name of instruments) {
      const quote = quotes.board.latest(stableId(name));
      if (quote !== undefined) response.quotes.push(this.#latestQuote(quote));
    }
    for (const name of assetPairs) {
      const cbbo = quotes.latestOf(stableId(name));
      if (cbbo !== undefined) response.pairQuotes.push(pairQuoteOf(cbbo));
    }
    return response;
  }

  #latestQuote(quote: VenueQuote): LatestQuote {
    return create(LatestQuoteSchema, {
      instrument: quote.instrument.name,
      instrumentId: quote.instrument.id,
      producer: this.#options.nameOf(quote.producerId),
      producerSequence: BigInt(quote.producerSequence),
      standing: quote.standing,
      bidPx: BigInt(quote.bidPx),
      bidSz: BigInt(quote.bidSz),
      askPx: BigInt(quote.askPx),
      askSz: BigInt(quote.askSz),
      tsEvent: bigintFromHalves(quote.tsEventHi, quote.tsEventLo),
      tsRecv: bigintFromHalves(quote.tsRecvHi, quote.tsRecvLo),
    });
  }
}
