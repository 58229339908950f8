import { afterAll, afterEach, beforeAll } from 'vitest';
import { postgresOfFile } from './file-postgres.ts';
import { Lab } from './lab.ts';

/** One lab for all tests of a file, which do not disturb one another. */
export function labOfFile(name: string, prepare: (lab: Lab) => Promise<void>): () => Lab {
  const postgres = postgresOfFile();
  let lab: Lab | undefined;

  beforeAll(async () => {
    lab = await Lab.make(name, postgres());
    await prepare(lab);
  });

  afterEach(({ task }) => {
    if (task.result?.state === 'fail') lab?.showLogs();
  });

  afterAll(async () => await lab?.close());

  return () => {
    if (lab === undefined) throw new Error('the lab is opened before the first test');
    return lab;
  };
}
