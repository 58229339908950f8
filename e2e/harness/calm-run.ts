import type { Lab } from './lab.ts';
import { digestTables, type TableDigest } from './table-digest.ts';

/** A source under a name. */
export interface NamedSource {
  readonly producer: string;
  readonly source: string;
}

export interface CalmRunOptions {
  /** 0, the default: as fast as it is taken. */
  readonly speed?: number;
  readonly workerFlags?: readonly string[];
}

/** Runs sources to their end with nobody in the way, and digests what came of it. */
export async function digestCalmRun(
  lab: Lab,
  sources: readonly NamedSource[],
  { speed = 0, workerFlags = [] }: CalmRunOptions = {},
): Promise<TableDigest> {
  const producers = sources.map(({ producer }) => producer);
  const worker = lab.startWorker({ flags: workerFlags });
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, producers, address);
  const connectors = sources.map((source) =>
    lab.startConnector({ ...source, address, flags: ['--speed', String(speed)] }),
  );
  for (const connector of connectors) await connector.done();
  await worker.stop();
  return await digestTables(lab.url);
}
