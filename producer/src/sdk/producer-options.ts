import { FeedmillError } from '@feedmill/core/errors';
import {
  ACK_SILENCE_MS_DEFAULT,
  BATCH_EVENTS_MAX_DEFAULT,
  BUFFER_BYTES_MAX_DEFAULT,
  LOCATE_ADDRESSES_MAX,
  NOT_FOUND_GRACE_MS_DEFAULT,
  REGION_SILENCE_MS,
} from '../limits.ts';
import type { WorkerAddresses } from './locator.ts';

/** How the SDK names itself to the worker; the version is that of package.json. */
export const CLIENT_NAME = 'feedmill-producer/0.1.0';

export interface ProducerOptions {
  /** The declared name of the producer. */
  readonly producer: string;
  readonly locate: WorkerAddresses;
  /** The same in the other region, where the shards live in two. */
  readonly otherRegion?: WorkerAddresses;
  /** Shared secret, where the producer has one. */
  readonly token?: string;
  /** Name and version of the program, for the worker's log. */
  readonly client?: string;
  /** Bytes of encoded events that may wait for their durable acknowledgement; default 16 MiB. */
  readonly bufferBytesMax?: number;
  /** Events in one batch; default 1024. */
  readonly batchEventsMax?: number;
  /** How long an event may wait for others though the stream would take it; default 0 ms. */
  readonly lingerMs?: number;
  /** Silence of the worker after which a stream is given up; default 10 s, with two regions 0.3. */
  readonly ackSilenceMs?: number;
  /**
   * How long "nobody declared this producer", or that nobody listens for it, is tried again;
   * default 0 ms: it is final, where there are two regions once both say so.
   */
  readonly notFoundGraceMs?: number;
}

export type CompleteProducerOptions = Required<Omit<ProducerOptions, 'otherRegion'>> &
  Pick<ProducerOptions, 'otherRegion'>;

/**
 * Fills in the defaults.
 *
 * @throws FeedmillError CONFIG_INVALID naming every value that is not allowed
 */
export function completeOptions(options: ProducerOptions): CompleteProducerOptions {
  const complete: CompleteProducerOptions = {
    token: '',
    client: CLIENT_NAME,
    bufferBytesMax: BUFFER_BYTES_MAX_DEFAULT,
    batchEventsMax: BATCH_EVENTS_MAX_DEFAULT,
    lingerMs: 0,
    ackSilenceMs: options.otherRegion === undefined ? ACK_SILENCE_MS_DEFAULT : REGION_SILENCE_MS,
    notFoundGraceMs: NOT_FOUND_GRACE_MS_DEFAULT,
    ...options,
  };
  const faults = [
    complete.producer === '' ? 'producer is empty; give its declared name' : undefined,
    ...addressFaults(complete.locate),
    ...(complete.otherRegion === undefined ? [] : addressFaults(complete.otherRegion)),
    numberFault('bufferBytesMax', complete.bufferBytesMax, 1, 2 ** 40),
    numberFault('batchEventsMax', complete.batchEventsMax, 1, 1_000_000),
    numberFault('lingerMs', complete.lingerMs, 0, 60_000),
    numberFault('ackSilenceMs', complete.ackSilenceMs, 1, 3_600_000),
    numberFault('notFoundGraceMs', complete.notFoundGraceMs, 0, Number.MAX_SAFE_INTEGER),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) {
    throw new FeedmillError('CONFIG_INVALID', `Producer options: ${faults.join('; ')}.`);
  }
  return complete;
}

function addressFaults({ workers = [], fixed }: WorkerAddresses): string[] {
  if (workers.length === 0 && fixed === undefined) {
    return ['locate names no worker; give at least one host:port'];
  }
  if (workers.length > LOCATE_ADDRESSES_MAX) {
    return [`locate.workers has ${workers.length} addresses, at most ${LOCATE_ADDRESSES_MAX}`];
  }
  const addresses = fixed === undefined ? workers : [...workers, fixed];
  return addresses
    .filter((address) => !isAddress(address))
    .map((address) => `'${address}' is not host:port with a port from 1 to 65535`);
}

/** Whether a text is host:port, with IPv6 hosts in brackets. */
export function isAddress(text: string): boolean {
  const port = Number(/^(?:[^\s:[\]]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(text)?.[1]);
  return port >= 1 && port <= 65_535;
}

function numberFault(name: string, value: number, min: number, max: number): string | undefined {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return undefined;
  return `${name} is ${value}; allowed are whole numbers from ${min} to ${max}`;
}
