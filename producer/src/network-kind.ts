import type { Clock } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import type { SocketDialer } from './live/web-socket.ts';
import type { HttpClient } from './net/http-client.ts';
import type { SourceState } from './net/source-state.ts';
import type { TcpDialer } from './net/tcp-dialer.ts';
import type { Logger } from './sdk/logger.ts';
import type { Source } from './source.ts';
import type { SourceParameter } from './source-parameters.ts';

/** Kinds of sources that read the network. */
export type NetworkKindName = 'live' | 'poll' | 'news' | 'tcp';

/** What is read, for whom, and how. */
export interface NetworkRequest {
  readonly producer: string;
  /** What stands between the kind and the `?`. */
  readonly target: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What such a source needs from its surroundings. */
export interface NetworkDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: SocketDialer;
  readonly http: HttpClient;
  readonly tcp: TcpDialer;
  /** Where a producer keeps what its next start must know. */
  readonly stateOf: (producer: string) => SourceState;
  readonly logger: Logger;
  /** Takes one sentence for the log; called at most once for each kind of problem. */
  readonly warn: (sentence: string) => void;
}

/** One kind of source that reads the network. */
export interface NetworkKind {
  readonly kind: NetworkKindName;
  readonly meaning: string;
  readonly parameters: readonly SourceParameter[];
  readonly example: string;
  /** Name of the producer where none is given. */
  producerOf(target: string, options: NetworkRequest['options']): string;
  /** What is wrong with the request, as the second half of a sentence; undefined if nothing. */
  check(target: string, options: NetworkRequest['options']): string | undefined;
  open(request: NetworkRequest, deps: NetworkDeps): Source;
}
