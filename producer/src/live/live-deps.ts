import type { Clock } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import type { HttpClient } from '../net/http-client.ts';
import type { SourceState } from '../net/source-state.ts';
import type { Logger } from '../sdk/logger.ts';
import type { SocketDialer } from './web-socket.ts';

/** What a live feed needs from its surroundings. */
export interface LiveDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: SocketDialer;
  readonly http: HttpClient;
  readonly state: SourceState;
  readonly logger: Logger;
}
