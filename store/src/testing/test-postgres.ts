import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { migrate } from '../migrate/migrate.ts';

/** A real Postgres with Feedmill's schema for one test file. */
export interface TestPostgres {
  readonly server: EmbeddedPostgres;
  readonly url: string;
  /** Stops the server and removes its files. */
  close(): Promise<void>;
}

const SILENT = { info: () => undefined, warn: () => undefined };

/** Starts a server of its own in a new folder below the system's temporary one. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const dir = await mkdtemp(path.join(tmpdir(), 'feedmill-pg-'));
  const server = await startEmbeddedPostgres({
    dir,
    clock: systemClock(),
    log: SILENT,
    isDurable: false,
  });
  await migrate(server.url, SILENT);
  return {
    server,
    url: server.url,
    async close() {
      await server.stop();
      await rm(dir, { recursive: true });
    },
  };
}
