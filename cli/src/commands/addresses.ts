import { localKeyFile } from '../supervisor/local-key.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { maskedUrl } from './common-options.ts';

/** Where everything of a running Feedmill listens. */
export interface Addresses {
  readonly dir: string;
  readonly pid: number;
  /** With its password where the Postgres is our own, which only this machine reaches. */
  readonly postgres: string;
  readonly workers: readonly {
    readonly shard: number;
    readonly grpc: string;
    readonly metrics: string;
  }[];
  /** Of the API and the console; null where there is none. */
  readonly api: string | null;
  /** File with the key of the API; only its owner can read it. */
  readonly keyFile: string;
  readonly sources: readonly { readonly producer: string; readonly shard: number | null }[];
}

export function addressesOf(supervisor: Supervisor, dir: string): Addresses {
  const url = supervisor.postgresUrl ?? '';
  return {
    dir,
    pid: process.pid,
    postgres: supervisor.isPostgresEmbedded ? url : maskedUrl(url),
    workers: supervisor.workers.map(({ shard, ready }) => ({
      shard,
      grpc: ready?.grpcAddress ?? '',
      metrics: `http://${ready?.httpAddress ?? ''}/metrics`,
    })),
    api: supervisor.frontDoor?.url ?? null,
    keyFile: localKeyFile(dir),
    sources: supervisor.rows().map(({ producer, shard }) => ({ producer, shard: shard ?? null })),
  };
}

/** The addresses as lines. A log file is read by others: there the password is left out. */
export function addressLines(addresses: Addresses, isTerminal: boolean): string[] {
  const { postgres, workers, dir } = addresses;
  return [
    `Postgres  ${isTerminal ? postgres : maskedUrl(postgres)}`,
    ...workers.map(({ shard, grpc, metrics }) => `Shard ${shard}   gRPC ${grpc}  ${metrics}`),
    `Folder    ${dir}`,
  ];
}

/** Where a browser finds the console. On a terminal with the key, which logs must not hold. */
export function consoleLine({ frontDoor }: Supervisor, dir: string, isTerminal: boolean): string {
  const { url = '', key = '' } = frontDoor ?? {};
  return isTerminal
    ? `Console   ${url}/#key=${key}`
    : `Console   ${url} (its key is in ${localKeyFile(dir)})`;
}
