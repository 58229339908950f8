import { afterAll, beforeAll } from 'vitest';
import { PostgresServer } from './postgres-server.ts';
import { makeTestFolder, removeTestFolder } from './test-folder.ts';

/** Starts a Postgres before the first test of a file and stops it after the last. */
export function postgresOfFile(): () => PostgresServer {
  let dir: string | undefined;
  let server: PostgresServer | undefined;
  // It has a session of its own and would outlive a test run that is broken off.
  const killLeftover = (): void => server?.kill();

  beforeAll(async () => {
    dir = makeTestFolder();
    server = await PostgresServer.start(dir);
    process.once('exit', killLeftover);
  });

  afterAll(async () => {
    await server?.stop();
    process.off('exit', killLeftover);
    if (dir !== undefined) await removeTestFolder(dir);
  });

  return () => {
    if (server === undefined) throw new Error('Postgres is started before the first test');
    return server;
  };
}
