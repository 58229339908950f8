import { EventEmitter } from 'node:events';
import { type Connect, type ConnectOptions, unavailable } from '@feedmill/store/connection/connect';
import type pg from 'pg';
import type { SimProcess } from '../kernel/sim-process.ts';
import type { SimNetwork } from '../net/sim-network.ts';
import type { SimSocket } from '../net/sim-socket.ts';
import { type Parameter, programValue } from './sql-value.ts';
import type { ServerReply, SessionOpening, StatementResult, WireStep } from './wire-messages.ts';

/** A query as pg runs it; those of store/'s pipelines are of this kind. */
interface Submittable {
  submit(connection: unknown): void;
  handleCommandComplete(): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  /** Set for the queries of this client itself. */
  onResult?: (result: StatementResult) => void;
}

/** What pg's Connection has and store/ uses. */
interface WireConnection {
  readonly stream: {
    cork(): void;
    uncork(): void;
    write(bytes: Buffer): boolean;
    destroy(error?: Error): void;
  };
  parse(query: { readonly name: string; readonly text: string }): void;
  bind(config: { readonly statement: string; readonly values: readonly Parameter[] }): void;
  execute(config: object): void;
  sync(): void;
}

/** The part of pg.Client that store/ uses, on the simulated network. */
export class SimPgClient extends EventEmitter {
  readonly connection: WireConnection;
  readonly #socket: SimSocket;
  readonly #program: SimProcess;
  #waiting: Submittable[] = [];
  #active: Submittable | undefined;
  #steps: WireStep[] = [];
  #bound: { readonly statement: string; readonly values: readonly Parameter[] } | undefined;
  #isReady = false;
  #loss: Error | undefined;
  #isEnding = false;
  #onWelcome: ((error: Error | undefined) => void) | undefined;

  constructor(program: SimProcess, network: SimNetwork, address: string, opening: SessionOpening) {
    super();
    this.#program = program;
    this.#socket = network.connect(program, address, Number.POSITIVE_INFINITY, opening, {
      onMessage: (reply) => this.#onReply(reply as ServerReply),
      onWritable: () => undefined,
      onEnd: () => this.#lose(new Error('Connection terminated unexpectedly')),
    });
    this.connection = this.#wireConnection();
  }

  connect(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#program.clock.schedule(timeoutMs, () => {
        this.#socket.close();
        this.#lose(new Error('timeout expired'));
      });
      this.#onWelcome = (error) => {
        this.#program.clock.cancel(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  get isQueryable(): boolean {
    return this.#loss === undefined && !this.#isEnding;
  }

  query(query: Submittable | string, values: readonly Parameter[] = []): unknown {
    if (typeof query !== 'string') {
      this.#enqueue(query);
      return query;
    }
    return new Promise((resolve, reject) => {
      let result: StatementResult = { rows: [], rowCount: 0 };
      this.#enqueue({
        submit: () => {
          this.#steps.push({ kind: 'query', text: query, values: values.map(preparedValue) });
          this.connection.sync();
        },
        handleCommandComplete: () => undefined,
        handleError: reject,
        handleReadyForQuery: () =>
          resolve({
            rowCount: result.rowCount,
            rows: result.rows.map((row) =>
              Object.fromEntries(
                Object.entries(row).map(([name, value]) => [name, programValue(value)]),
              ),
            ),
          }),
        onResult: (received) => {
          result = received;
        },
      });
    });
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.#socket.close();
    this.#lose(new Error('Connection terminated'));
  }

  #wireConnection(): WireConnection {
    return {
      stream: {
        cork: () => undefined,
        uncork: () => undefined,
        write: (bytes) => {
          const last = this.#steps.pop();
          if (last?.kind !== 'execute') throw new TypeError('rows without a COPY');
          // The rows stand in a buffer that is used again.
          this.#steps.push({ ...last, copyData: Buffer.from(bytes) });
          return true;
        },
        destroy: (error) => {
          this.#socket.close();
          this.#program.after(0, 'socket destroyed', () =>
            this.#lose(error ?? new Error('Connection terminated unexpectedly')),
          );
        },
      },
      parse: ({ name, text }) => this.#steps.push({ kind: 'parse', name, text }),
      bind: (config) => {
        this.#bound = config;
      },
      execute: () => {
        if (this.#bound === undefined) throw new TypeError('nothing is bound');
        this.#steps.push({ kind: 'execute', ...this.#bound, copyData: undefined });
      },
      sync: () => this.#flush(),
    };
  }

  /** Sends what has gathered: in two parts, so that a connection may end in between. */
  #flush(): void {
    const steps: WireStep[] = [...this.#steps, { kind: 'sync' }];
    this.#steps = [];
    const cut = this.#program.chance.int(0, steps.length);
    for (const part of [steps.slice(0, cut), steps.slice(cut)]) {
      if (part.length > 0) this.#socket.send(part, bytesOf(part));
    }
  }

  #enqueue(query: Submittable): void {
    if (!this.isQueryable) {
      const error = this.#loss ?? new Error('Client was closed and is not queryable');
      this.#program.after(0, 'not queryable', () => query.handleError(error));
      return;
    }
    this.#waiting.push(query);
    this.#next();
  }

  #next(): void {
    if (!this.#isReady || this.#active !== undefined) return;
    this.#active = this.#waiting.shift();
    if (this.#active === undefined) return;
    this.#isReady = false;
    this.#active.submit(this.connection);
  }

  #onReply(reply: ServerReply): void {
    switch (reply.kind) {
      case 'welcome':
        this.#isReady = true;
        this.#onWelcome?.(undefined);
        this.#onWelcome = undefined;
        this.#next();
        return;
      case 'ready': {
        const query = this.#takeActive(reply.completed);
        query?.onResult?.(reply.result);
        if (reply.error !== undefined) query?.handleError(reply.error);
        else query?.handleReadyForQuery();
        this.#isReady = true;
        this.#next();
        return;
      }
      case 'fatal':
        this.#takeActive(reply.completed)?.handleError(reply.error);
        this.#lose(reply.error);
    }
  }

  #takeActive(completed: number): Submittable | undefined {
    const query = this.#active;
    this.#active = undefined;
    for (let left = completed; left > 0; left -= 1) query?.handleCommandComplete();
    return query;
  }

  #lose(error: Error): void {
    if (this.#loss !== undefined) return;
    this.#loss = error;
    this.#onWelcome?.(error);
    this.#onWelcome = undefined;
    const open = [this.#active, ...this.#waiting];
    this.#active = undefined;
    this.#waiting = [];
    for (const query of open) query?.handleError(error);
    if (!this.#isEnding) this.emit('error', error);
    this.emit('end');
  }
}

/** pg sends bytes of any kind as such, but only of a query's own values. */
function preparedValue(value: Parameter): Parameter {
  if (!(value instanceof Uint8Array) || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}

function bytesOf(steps: readonly WireStep[]): number {
  let bytes = 0;
  for (const step of steps) {
    bytes += 64;
    if (step.kind === 'execute') bytes += step.copyData?.length ?? 0;
  }
  return bytes;
}

/** What `connect` of store/ is on the real network. */
export function simConnect(program: SimProcess, network: SimNetwork): Connect {
  return async (options: ConnectOptions): Promise<pg.Client> => {
    try {
      return (await openClient(program, network, options)) as unknown as pg.Client;
    } catch (error) {
      throw unavailable(options.url, error);
    }
  };
}

export async function openClient(
  program: SimProcess,
  network: SimNetwork,
  options: ConnectOptions,
): Promise<SimPgClient> {
  const { applicationName, lockTimeoutMs, statementTimeoutMs } = options;
  const { idleInTransactionTimeoutMs, connectTimeoutMs, url } = options;
  const opening = {
    applicationName,
    lockTimeoutMs,
    statementTimeoutMs,
    idleInTransactionTimeoutMs,
  };
  const { hostname, port } = new URL(url);
  const client = new SimPgClient(program, network, `${hostname}:${port}`, opening);
  client.on('error', () => undefined);
  await client.connect(connectTimeoutMs);
  return client;
}
