import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import type { Statement } from './statements.ts';

/** One statement of a pipeline, prepared before. */
export interface PipelineStep {
  readonly statement: string;
  readonly values: readonly (string | Buffer | null)[];
  /** What follows a COPY statement: CopyData messages and CopyDone (see CopyBuffer.finish). */
  readonly copyData?: Buffer;
}

/** How far a pipeline came. */
export type PipelineResult =
  | { readonly ok: true }
  /** `completedSteps` counts the statements that the server has reported as done. */
  | { readonly ok: false; readonly completedSteps: number; readonly error: Error };

/** What pg's Connection has and we use; its types know neither of the last two. */
interface WireConnection {
  readonly stream: Duplex;
  parse(query: { name: string; text: string; types: number[] }): void;
  bind(config: { statement: string; values: readonly (string | Buffer | null)[] }): void;
  execute(config: object): void;
  sync(): void;
}

/**
 * Statements sent in one go and answered in one: Bind and Execute of each, then a single Sync. A
 * COPY's data follows its Execute at once instead of waiting for CopyInResponse, because the
 * server reads its messages in order; after an error it discards everything up to the Sync, COPY
 * data too. (Postgres documentation, Message Flow: Extended Query, COPY Operations.)
 *
 * pg runs it as it runs its own queries: Client.query() takes anything with these methods.
 */
class PipelineQuery implements pg.Submittable {
  readonly #send: (connection: WireConnection) => void;
  readonly #finish: (result: PipelineResult) => void;
  #completedSteps = 0;

  constructor(
    send: (connection: WireConnection) => void,
    finish: (result: PipelineResult) => void,
  ) {
    this.#send = send;
    this.#finish = finish;
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as WireConnection;
    // Corked: the small messages and the rows leave in one system call.
    wire.stream.cork();
    this.#send(wire);
    wire.sync();
    wire.stream.uncork();
  }

  handleCommandComplete(): void {
    this.#completedSteps += 1;
  }

  /** pg calls this once, instead of handleReadyForQuery. */
  handleError(error: Error): void {
    this.#finish({ ok: false, completedSteps: this.#completedSteps, error });
  }

  handleReadyForQuery(): void {
    this.#finish({ ok: true });
  }

  // Functions that return nothing still return a row.
  handleDataRow(): void {}
  handleRowDescription(): void {}
  handleCopyInResponse(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}

/** Runs prepared statements in one round trip. Never rejects. */
export function runPipeline(
  client: pg.Client,
  steps: readonly PipelineStep[],
): Promise<PipelineResult> {
  return new Promise((resolve) => {
    const send = (wire: WireConnection): void => {
      for (const { statement, values, copyData } of steps) {
        wire.bind({ statement, values });
        wire.execute({});
        if (copyData !== undefined) wire.stream.write(copyData);
      }
    };
    client.query(new PipelineQuery(send, resolve));
  });
}

/** Prepares statements in one round trip, each under its name. Never rejects. */
export function prepareAll(
  client: pg.Client,
  statements: readonly Statement[],
): Promise<PipelineResult> {
  return new Promise((resolve) => {
    const send = (wire: WireConnection): void => {
      for (const { name, text } of statements) wire.parse({ name, text, types: [] });
    };
    client.query(new PipelineQuery(send, resolve));
  });
}
