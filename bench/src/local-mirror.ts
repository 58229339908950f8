import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '@feedmill/cli/folder-database';
import { LocalPair } from '@feedmill/cli/regions/local-pair';
import type { PairLinks } from '@feedmill/cli/regions/pair-links';
import { SIDES, type Side } from '@feedmill/cli/regions/side';
import { declareSources } from '@feedmill/cli/supervisor/declared-source';
import { compareRegions } from '@feedmill/cli/verify/compare-regions';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { seededRandom } from '@feedmill/core/random';
import { makeTemporaryFolder } from '@feedmill/store/embedded/temporary-folder';
import { selectAllProducers } from '@feedmill/store/queries/progress';
import { Child, cpuSeconds } from './child.ts';
import { familyOf } from './pipeline.ts';

const FLOW_POLL_MS = 20;

const QUIET = {
  note: (): void => undefined,
  warn: (): void => undefined,
  show: (): void => undefined,
  close: (): void => undefined,
};

export interface LocalMirrorOptions {
  /** One producer a shard. */
  readonly sources: readonly string[];
  readonly links: PairLinks;
  /** What the producers' first seconds took is left out of the latencies. */
  readonly warmUpSeconds: number;
}

/** Two regions, their witness and the producers on this machine, as `feedmill up` runs them. */
export class LocalMirror {
  readonly producers: readonly Child[];
  readonly #dir: string;
  readonly #pair: LocalPair;

  private constructor(dir: string, pair: LocalPair, producers: readonly Child[]) {
    this.#dir = dir;
    this.#pair = pair;
    this.producers = producers;
  }

  /** Resolves once both regions are in sync and events flow. */
  static async start(options: LocalMirrorOptions): Promise<LocalMirror> {
    const { sources, links, warmUpSeconds } = options;
    const dir = await makeTemporaryFolder('feedmill-mirror-');
    const names = sources.map((_, index) => `bench-${index}`);
    const pair = await LocalPair.prepare(
      {
        command: 'bench',
        dir,
        shardCount: sources.length,
        sources: declareSources(
          names.map((name) => `push:${name}`),
          undefined,
        ),
        references: [],
        hasGateway: false,
        workerFlags: [],
        links,
      },
      () => undefined,
      { clock: systemClock(), random: seededRandom(1), reporter: QUIET },
    );
    const { signal } = new AbortController();
    try {
      await pair.start(signal);
      await pair.inSync(signal);
    } catch (error) {
      await pair.drain();
      await pair.stopPostgres();
      throw error;
    }
    const [locate, otherLocate] = SIDES.map((side) => pair.addresses(side).join(','));
    const producers = names.map((name, index) => {
      const args = [
        `--source=${sources[index]}`,
        `--producer=${name}`,
        '--report-ms=100',
        `--locate=${locate}`,
        `--other-locate=${otherLocate}`,
        `--state-dir=${join(dir, name)}`,
        `--latency-after-ms=${warmUpSeconds * 1000}`,
      ];
      return new Child(name, '@feedmill/producer/main', args, join(dir, `${name}.log`));
    });
    const mirror = new LocalMirror(dir, pair, producers);
    for (const producer of producers) {
      await producer.message('report');
      while (Number(producer.lastMessage?.['durable'] ?? 0) === 0) await sleep(FLOW_POLL_MS);
    }
    return mirror;
  }

  /** Events committed in a region's Postgres, all producers together. */
  async committedEvents(side: Side): Promise<number> {
    const records = await withConnection(this.#urlOf(side), 'bench', selectAllProducers);
    return records.reduce((sum, { lastSequence }) => sum + lastSequence, 0);
  }

  /** CPU time used so far by what runs, seconds. */
  async cpuSeconds(): Promise<ReadonlyMap<string, number>> {
    const pids = new Map<string, readonly number[]>();
    pids.set('producers', pidsOf(this.producers.map(({ process }) => process.pid)));
    pids.set('witness', pidsOf([this.#pair.witness.pid]));
    for (const side of SIDES) {
      const { workers, dir } = this.#pair.regions[side];
      pids.set(`workers of ${side}`, pidsOf(workers.map(({ process }) => process.pid)));
      const file = await readFile(join(dir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
      pids.set(`postgres of ${side}`, await familyOf(Number(file.split('\n')[0])));
    }
    const used = new Map<string, number>();
    for (const [name, each] of pids) {
      let sum = 0;
      for (const pid of each) sum += await cpuSeconds(pid);
      used.set(name, sum);
    }
    return used;
  }

  /** Ends everything in order. Returns whether both regions hold the same rows. */
  async drain(): Promise<boolean> {
    await Promise.all(this.producers.map((producer) => producer.stop()));
    const urls = SIDES.map((side) => this.#urlOf(side)) as [string, string];
    await this.#pair.drain();
    const compared = await withConnection(urls[0], 'bench', (one) =>
      withConnection(urls[1], 'bench', (other) => compareRegions(one, other)),
    );
    return compared.every(
      ({ isEqual, committed: [one, other] }) => isEqual && one === other && one > 0,
    );
  }

  async close(): Promise<void> {
    for (const { process } of this.producers) process.kill('SIGKILL');
    this.#pair.kill();
    await this.#pair.stopPostgres();
    await rm(this.#dir, { recursive: true, force: true });
  }

  #urlOf(side: Side): string {
    return this.#pair.regions[side].postgresUrl;
  }
}

const pidsOf = (pids: readonly (number | undefined)[]): readonly number[] =>
  pids.filter((pid) => pid !== undefined);
