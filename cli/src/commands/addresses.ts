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
