import { sleep } from '@feedmill/core/clock';
import { EpochGuard } from '@feedmill/producer/sdk/epoch-guard';
import type { IncarnationSource } from '@feedmill/producer/sdk/incarnation';
import type { IngestStatus } from '@feedmill/producer/sdk/ingest-transport';
import { Locator } from '@feedmill/producer/sdk/locator';
import { RegionLocator } from '@feedmill/producer/sdk/region-locator';
import { frameHello } from '@feedmill/producer/sdk/request-frame';
import { RetryPolicy } from '@feedmill/producer/sdk/retry-policy';
import { PlainSession, type PlainSessionParts } from './plain-session.ts';

/** Who the client is and whom it asks. */
export interface PlainProducerParts
  extends Omit<PlainSessionParts, 'epochs' | 'onWelcome' | 'onProgress'> {
  /** Addresses of the workers of each region. */
  readonly regions: readonly (readonly string[])[];
  readonly incarnation: IncarnationSource;
  readonly notFoundGraceMs: number;
}

/**
 * A producer that speaks the contract without the SDK's publication: what it sends after a
 * reconnect is cut into other batches than before.
 */
export class PlainProducer {
  readonly #parts: PlainProducerParts;
  readonly #epochs = new EpochGuard();
  readonly #locator: RegionLocator;
  readonly #retry: RetryPolicy;
  #wasWelcomed = false;

  constructor(parts: PlainProducerParts) {
    this.#parts = parts;
    const { feed, regions, transport, clock, chance, notFoundGraceMs } = parts;
    const [first, ...others] = regions.map(
      (workers) => new Locator(feed.producer, { workers }, transport, clock),
    );
    if (first === undefined) throw new RangeError('there is nobody to send to');
    this.#locator = new RegionLocator([first, ...others]);
    this.#retry = new RetryPolicy(feed.producer, notFoundGraceMs, chance.random, others.length > 0);
  }

  /**
   * Sends the feed until everything is committed, or `stop` aborts.
   *
   * @throws FeedmillError PRODUCER_REFUSED
   */
  async run(stop: AbortSignal): Promise<'exhausted' | 'stopped'> {
    const { incarnation, clock } = this.#parts;
    let own = await incarnation.next();
    while (!stop.aborted) {
      const status = await this.#attempt(own, stop);
      if (stop.aborted) break;
      if (status.code === 'OK') return 'exhausted';
      const newest = status.code === 'PERMISSION_DENIED' ? status.incarnation : undefined;
      if (newest !== undefined && !this.#wasWelcomed) {
        own = await incarnation.next(newest);
        continue;
      }
      const step = this.#retry.after(status, clock.monotonicMs());
      if (step.kind === 'fail') throw step.error;
      if (step.kind === 'redirect') this.#locator.redirectTo(step);
      else {
        if (step.isElsewhere === true) this.#locator.goElsewhere();
        else this.#locator.failed();
        await sleep(clock, step.delayMs, stop);
      }
    }
    return 'stopped';
  }

  async #attempt(incarnation: number, stop: AbortSignal): Promise<IngestStatus> {
    const located = await this.#locator.next();
    if (located.kind === 'status') return located.status;
    const { address, shard } = located.target;
    const { producer } = this.#parts.feed;
    const hello = frameHello({
      producer,
      incarnation: BigInt(incarnation),
      client: 'plain',
      knownEpoch: this.#epochs.highest(shard),
    });
    const session = new PlainSession(
      {
        ...this.#parts,
        epochs: this.#epochs,
        onWelcome: () => {
          this.#wasWelcomed = true;
          this.#retry.welcomed();
          this.#locator.served();
        },
        onProgress: () => this.#retry.progressed(),
      },
      address,
      hello,
    );
    const cancel = (): void => session.cancel('stopped');
    stop.addEventListener('abort', cancel, { once: true });
    const status = await session.ended;
    stop.removeEventListener('abort', cancel);
    return status;
  }
}
