import type { Clock } from '@feedmill/core/clock';
import { sqlStateOf } from '@feedmill/store/connection/pg-error';
import type pg from 'pg';
import type { RawRow } from '../format/column.ts';
import { Problem } from '../problem.ts';
import type { Admission, WorkClass } from './admission.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

/** A named statement; its name makes Postgres prepare it once a session. */
export interface Query {
  readonly name: string;
  readonly text: string;
}

/** Runs statements for one request. */
export interface Reader {
  rows(query: Query, values: readonly unknown[]): Promise<RawRow[]>;
}

/** Journal position that each shard has committed, by shard. */
export type Positions = Readonly<Record<string, string>>;

const SELECT_POSITIONS: Query = {
  name: 'positions',
  text: 'select s.shard, s.position from feedmill.shard s order by s.shard',
};

const SQLSTATE_CANCELLED = '57014';
const CONNECTION_STATES = /^(08|53|57P|58|25006)/;

export interface DatabaseOptions {
  readonly pool: Pick<pg.Pool, 'connect'>;
  readonly admission: Admission;
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  readonly onQuery: (workClass: WorkClass, durationMs: number, outcome: string) => void;
}

/** Postgres as requests see it: read-only, admitted by class, behind a circuit breaker. */
export class Database {
  readonly #options: DatabaseOptions;

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  /**
   * Runs `read` with a session.
   *
   * @throws Problem overloaded, store-unavailable or query-too-long
   */
  async read<T>(workClass: WorkClass, read: (reader: Reader) => Promise<T>): Promise<T> {
    return await this.#admitted(workClass, async (client) => await read(readerOf(client)));
  }

  /** The same over one snapshot, with the positions that the shards have committed in it. */
  async readSnapshot<T>(
    workClass: WorkClass,
    read: (reader: Reader) => Promise<T>,
  ): Promise<{ readonly value: T; readonly positions: Positions }> {
    return await this.#admitted(workClass, async (client) => {
      await client.query('begin isolation level repeatable read read only');
      const reader = readerOf(client);
      const positions = await positionsOf(reader);
      const value = await read(reader);
      await client.query('commit');
      return { value, positions };
    });
  }

  /** What each shard has committed by now. */
  async positions(): Promise<Positions> {
    return await this.#admitted('latest', async (client) => await positionsOf(readerOf(client)));
  }

  async #admitted<T>(workClass: WorkClass, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const { admission, breaker, clock, onQuery } = this.#options;
    return await admission.run(workClass, async () => {
      if (!breaker.admit()) throw unavailable(breaker.waitMs);
      const startedMs = clock.monotonicMs();
      const done = (outcome: string): void =>
        onQuery(workClass, clock.monotonicMs() - startedMs, outcome);
      try {
        const value = await this.#withClient(run);
        breaker.succeeded();
        done('ok');
        return value;
      } catch (error) {
        if (!isConnectionFailure(error)) {
          // It answered, whatever it said.
          breaker.succeeded();
          done(error instanceof Problem ? error.kind : (sqlStateOf(error) ?? 'fault'));
          throw problemOf(error);
        }
        breaker.failed();
        done('unavailable');
        throw unavailable(breaker.waitMs, error);
      }
    });
  }

  async #withClient<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#options.pool.connect();
    let failure: Error | undefined;
    try {
      return await run(client);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      // A session in an unknown state is not used again; a Problem is ours and comes from outside.
      const mayGoOn = failure === undefined;
      client.release(!mayGoOn);
    }
  }
}

const readerOf = (client: pg.PoolClient): Reader => ({
  async rows({ name, text }, values) {
    const result = await client.query<unknown[]>({
      name,
      text,
      values: [...values],
      rowMode: 'array',
    });
    return result.rows;
  },
});

async function positionsOf(reader: Reader): Promise<Positions> {
  const rows = await reader.rows(SELECT_POSITIONS, []);
  return Object.fromEntries(rows.map(([shard, position]) => [String(shard), String(position)]));
}

/** What pg throws of its own is a plain Error or one with the code of the socket. */
function isConnectionFailure(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return CONNECTION_STATES.test(state);
  return error instanceof Error && (error.constructor === Error || 'code' in error);
}

function unavailable(waitMs: number, cause?: unknown): Problem {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new Problem(
    'store-unavailable',
    `Postgres cannot be reached; come again after ${retryAfterSeconds} s. Live streams go on.`,
    { retryAfterSeconds, cause },
  );
}

function problemOf(error: unknown): unknown {
  if (sqlStateOf(error) !== SQLSTATE_CANCELLED) return error;
  return new Problem(
    'query-too-long',
    'The query took longer than it may and was cancelled; ask for a shorter range, fewer ' +
      'instruments or larger bars.',
    { cause: error },
  );
}
