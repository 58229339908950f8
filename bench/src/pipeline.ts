import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { ControlService, SetBindingsRequestSchema } from '@feedmill/proto/feedmill/v1/control_pb';
import { grpcServiceDefinition } from '@feedmill/proto/grpc-service';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@feedmill/store/embedded/embedded-postgres';
import { migrate } from '@feedmill/store/migrate/migrate';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import pg from 'pg';
import { Child, cpuSeconds, peakBytes } from './child.ts';

const QUIET_LOG = { info: () => undefined, warn: () => undefined };

/** What the measured pipeline uses of the machine. */
export interface Usage {
  readonly name: string;
  readonly peakMiB: number;
  readonly cpuSeconds: number;
}

export interface PipelineOptions {
  /** One producer each. */
  readonly sources: readonly string[];
  readonly shards: number;
  /** What the producers' first seconds took is left out of the latencies. */
  readonly warmUpSeconds?: number;
  /** Done with the database before anything is sent to it. */
  readonly prepare?: (postgresUrl: string) => Promise<void>;
}

/** Producers, workers and an embedded Postgres on this machine, as `feedmill up` runs them. */
export class Pipeline {
  readonly dir: string;
  readonly postgres: EmbeddedPostgres;
  readonly client: pg.Client;
  readonly workers: Child[] = [];
  readonly producers: Child[] = [];
  /** host:port of each worker. */
  readonly addresses: string[] = [];

  private constructor(dir: string, postgres: EmbeddedPostgres, client: pg.Client) {
    this.dir = dir;
    this.postgres = postgres;
    this.client = client;
  }

  /** Starts database and workers; no event flows yet. */
  static async start(options: PipelineOptions): Promise<Pipeline> {
    const { sources, shards, warmUpSeconds = 0, prepare } = options;
    const dir = await mkdtemp(join(tmpdir(), 'feedmill-bench-'));
    const postgres = await startEmbeddedPostgres({ dir, clock: systemClock(), log: QUIET_LOG });
    await migrate(postgres.url, QUIET_LOG);
    await prepare?.(postgres.url);
    const client = new pg.Client(postgres.url);
    await client.connect();
    const pipeline = new Pipeline(dir, postgres, client);
    const { addresses } = pipeline;
    for (let shard = 0; shard < shards; shard += 1) {
      const volume = join(dir, `shard-${shard}`);
      await mkdir(volume, { recursive: true });
      const worker = new Child(
        `worker ${shard}`,
        '@feedmill/pod-worker/main',
        [
          '--shard',
          String(shard),
          '--dir',
          volume,
          '--postgres',
          postgres.url,
          '--cluster-id',
          'bench',
        ],
        join(dir, `worker-${shard}.log`),
      );
      pipeline.workers.push(worker);
      addresses.push(String((await worker.message('ready'))['grpcAddress']));
    }
    const bindings = sources.map((_, index) => ({
      producer: producerName(index),
      shard: index % shards,
      address: addresses[index % shards] ?? '',
    }));
    for (const address of addresses) await setBindings(address, bindings);
    for (const [index, source] of sources.entries()) {
      const name = producerName(index);
      const args = [
        `--source=${source}`,
        `--producer=${name}`,
        '--report-ms=100',
        `--locate=${addresses.join(',')}`,
        `--state-dir=${join(dir, name)}`,
        `--latency-after-ms=${warmUpSeconds * 1000}`,
      ];
      const log = join(dir, `${name}.log`);
      pipeline.producers.push(new Child(name, '@feedmill/producer/main', args, log));
    }
    return pipeline;
  }

  /** Events that are committed, all producers together. */
  async committedEvents(): Promise<number> {
    const { rows } = await this.client.query<{ sum: string | null }>(
      'select sum(last_sequence) from feedmill.producer',
    );
    return Number(rows[0]?.sum ?? 0);
  }

  /** Events that survive the loss of a worker, as the producers were told. */
  durableEvents(): number {
    let sum = 0;
    for (const { lastMessage } of this.producers) sum += Number(lastMessage?.['durable'] ?? 0);
    return sum;
  }

  async usage(): Promise<Usage[]> {
    const usage: Usage[] = [];
    for (const child of [...this.producers, ...this.workers]) {
      const peakMiB = (await child.peakBytes()) / 2 ** 20;
      usage.push({ name: child.name, peakMiB, cpuSeconds: await child.cpuSeconds() });
    }
    let cpu = 0;
    let peak = 0;
    for (const pid of await familyOf(this.postgres.pid)) {
      cpu += await cpuSeconds(pid);
      peak = Math.max(peak, await peakBytes(pid));
    }
    usage.push({ name: 'postgres (largest)', peakMiB: peak / 2 ** 20, cpuSeconds: cpu });
    usage.push({
      name: 'this program',
      peakMiB: process.resourceUsage().maxRSS / 1024,
      cpuSeconds:
        (process.resourceUsage().userCPUTime + process.resourceUsage().systemCPUTime) / 1e6,
    });
    return usage;
  }

  /** Ends producers and workers in good order; the database stays. */
  async drain(): Promise<void> {
    await Promise.all(this.producers.map((producer) => producer.stop()));
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  async close(): Promise<void> {
    await this.client.end();
    await this.postgres.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

const producerName = (index: number): string => `bench-${index}`;

/** A process and its children. */
export async function familyOf(pid: number): Promise<number[]> {
  const family = [pid];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(pid))
      family.push(Number(name));
  }
  return family;
}

async function setBindings(
  address: string,
  bindings: readonly { producer: string; shard: number; address: string }[],
): Promise<void> {
  const Client = makeGenericClientConstructor(grpcServiceDefinition(ControlService), 'Control');
  const client = new Client(address, credentials.createInsecure());
  const request = create(SetBindingsRequestSchema, { generation: 1n, bindings: [...bindings] });
  await new Promise<void>((resolve, reject) => {
    const call = client['setBindings'] as (
      message: unknown,
      callback: (error: Error | null) => void,
    ) => void;
    call.call(client, request, (error) => (error === null ? resolve() : reject(error)));
  });
  client.close();
}
