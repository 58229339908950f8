import { CommitWatch } from '../check/commit-watch.ts';
import { SimPostgres } from '../postgres/sim-postgres.ts';
import { WorkerNode } from './worker-node.ts';
import type { World } from './world.ts';

/** One region of a cluster: its Postgres, and its workers. */
export class Region {
  /** Empty where there is only one. */
  readonly name: string;
  readonly postgres: SimPostgres;
  readonly commits: CommitWatch;
  readonly workers: readonly WorkerNode[];

  constructor(world: World, name: string) {
    this.name = name;
    const { findings, feeds, damage, scheduler, network, chance, options, schemas } = world;
    this.commits = new CommitWatch(findings, feeds, () => damage.givenUp.size > 0);
    const server = this.nodeName('postgres');
    this.postgres = new SimPostgres({
      host: world.host(server),
      scheduler,
      network,
      chance: chance.of(server),
      traits: options.postgres,
      schemas,
      onCommit: (transaction) => this.commits.watch(transaction),
    });
    this.workers = Array.from(
      { length: options.shards },
      (_, shard) => new WorkerNode(world, this, shard),
    );
  }

  /** Name of one of its machines, of which each region has one. */
  nodeName(of: string): string {
    return this.name === '' ? of : `${this.name}-${of}`;
  }

  get postgresUrl(): string {
    return `postgres://feedmill@${this.postgres.address}/feedmill`;
  }

  get workerAddresses(): string[] {
    return this.workers.map(({ address }) => address);
  }
}
