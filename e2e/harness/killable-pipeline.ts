import { type ConnectorReport } from '@feedmill/cli/supervisor/child-message';
import { portOf } from '@feedmill/cli/supervisor/loopback-port';
import type { Connector } from './connector.ts';
import type { IngestProxy } from './ingest-proxy.ts';
import type { Lab } from './lab.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { until } from './waiting.ts';
import type { Worker } from './worker.ts';

/** A source of the pipeline. `speed` holds until `finish`, which takes the rest at once. */
export interface PipelineSource {
  readonly producer: string;
  readonly source: string;
  readonly speed: number;
}

/** One producer's part: its connector, and the way to the worker that stays over restarts. */
export interface PipelineFeed {
  readonly declared: PipelineSource;
  readonly proxy: IngestProxy;
  connector: Connector;
  /** Highest sequence of which any life of the connector said that it is durable. */
  acknowledged: number;
}

/**
 * A worker with its connectors and its Postgres, each of which can be killed and is started again
 * at once. Whoever ends without having been killed is noted in `faults`.
 */
export class KillablePipeline {
  readonly postgresProxy: PostgresProxy;
  readonly feeds: readonly PipelineFeed[];
  readonly faults: string[] = [];
  readonly #lab: Lab;
  readonly #workerFlags: readonly string[];
  #worker: Worker;
  #speedOf: (declared: PipelineSource) => number = ({ speed }) => speed;
  #postgresIsBack: Promise<void> = Promise.resolve();

  private constructor(
    lab: Lab,
    workerFlags: readonly string[],
    postgresProxy: PostgresProxy,
    ways: readonly { readonly declared: PipelineSource; readonly proxy: IngestProxy }[],
  ) {
    this.#lab = lab;
    this.#workerFlags = workerFlags;
    this.postgresProxy = postgresProxy;
    this.#worker = this.#startWorker();
    this.feeds = ways.map(({ declared, proxy }) => ({
      declared,
      proxy,
      acknowledged: 0,
      connector: this.#startConnector(declared, proxy),
    }));
    for (const feed of this.feeds) this.#watch(feed);
  }

  static async start(
    lab: Lab,
    sources: readonly PipelineSource[],
    workerFlags: readonly string[],
  ): Promise<KillablePipeline> {
    const postgresProxy = await lab.startPostgresProxy();
    const ways = [];
    for (const declared of sources) {
      ways.push({ declared, proxy: await lab.startIngestProxy() });
    }
    const pipeline = new KillablePipeline(lab, workerFlags, postgresProxy, ways);
    await pipeline.#worker.ready();
    const producers = sources.map(({ producer }) => producer);
    await pipeline.#worker.bind(1, producers, pipeline.#worker.address);
    return pipeline;
  }

  /** The worker that lives now. */
  get worker(): Worker {
    return this.#worker;
  }

  async killWorker(): Promise<void> {
    for (const { proxy } of this.feeds) proxy.tcp.targetPort = undefined;
    this.#worker.isKilled = true;
    await this.#worker.kill();
    this.#worker = this.#startWorker();
  }

  async killConnector(feed: PipelineFeed): Promise<void> {
    feed.connector.isKilled = true;
    await feed.connector.child.kill();
    this.#restartConnector(feed);
  }

  /** It comes back by itself; `postgresIsBack` tells when. */
  killPostgres(): void {
    this.#lab.postgres.kill();
    this.#postgresIsBack = this.#lab.postgres.restart();
    this.#postgresIsBack.catch((error: unknown) => this.faults.push(String(error)));
  }

  async postgresIsBack(): Promise<void> {
    await this.#postgresIsBack;
  }

  /** Highest sequence of the feed that the worker, which must be ready, has made durable. */
  async durable({ declared }: PipelineFeed): Promise<number> {
    const { producers } = await this.#worker.state();
    return producers.find(({ producer }) => producer === declared.producer)?.durable ?? 0;
  }

  /** Waits until the worker is ready and makes more of the feed durable. */
  async flowing(feed: PipelineFeed): Promise<void> {
    await this.#worker.ready();
    const before = await this.durable(feed);
    await until(
      `more of ${feed.declared.producer} becomes durable`,
      async () => (await this.durable(feed)) > before,
      { seen: () => [feed.connector.report, this.faults] },
    );
  }

  /** Has the rest of every source taken as fast as it goes, and drains. */
  async finish(): Promise<readonly ConnectorReport[]> {
    await this.postgresIsBack();
    this.#speedOf = () => 0;
    for (const feed of this.feeds) {
      feed.connector.isKilled = true;
      feed.connector.child.signal('SIGTERM');
      await feed.connector.child.ended;
      this.#restartConnector(feed);
    }
    const reports = await Promise.all(this.feeds.map(({ connector }) => connector.done()));
    this.#worker.isKilled = true;
    await this.#worker.stop();
    return reports;
  }

  #startWorker(): Worker {
    const worker = this.#lab.startWorker({
      postgresUrl: this.postgresProxy.urlOf(this.#lab.url),
      flags: this.#workerFlags,
    });
    void worker.child.ended.then((end) => {
      if (worker.isKilled || this.#lab.isClosing) return;
      this.faults.push(`the worker ended with ${JSON.stringify(end)}: ${worker.child.lastWords()}`);
      this.#worker = this.#startWorker();
    });
    worker.child.onMessage(() => {
      if (worker !== this.#worker || worker.address === '') return;
      for (const { proxy } of this.feeds) proxy.tcp.targetPort = portOf(worker.address);
    });
    return worker;
  }

  #startConnector({ producer, source, ...rest }: PipelineSource, proxy: IngestProxy): Connector {
    const speed = this.#speedOf({ producer, source, ...rest });
    return this.#lab.startConnector({
      producer,
      source,
      address: proxy.tcp.address,
      flags: ['--speed', String(speed)],
    });
  }

  #restartConnector(feed: PipelineFeed): void {
    feed.connector = this.#startConnector(feed.declared, feed.proxy);
    this.#watch(feed);
  }

  /** Sees that nothing is forgotten that an earlier life was promised. */
  #watch(feed: PipelineFeed): void {
    const { connector } = feed;
    const promised = feed.acknowledged;
    connector.child.onMessage(() => {
      feed.acknowledged = Math.max(feed.acknowledged, connector.report?.durable ?? 0);
    });
    void connector.child.ended.then((end) => {
      const { producer } = feed.declared;
      const { resumeAfter } = connector;
      if (resumeAfter !== undefined && resumeAfter < promised) {
        this.faults.push(
          `${producer} resumed after ${resumeAfter}, but ${promised} was acknowledged before`,
        );
      }
      const isExpected = connector.isKilled || connector.report?.type === 'done';
      if (isExpected || this.#lab.isClosing) return;
      this.faults.push(
        `${producer} ended with ${JSON.stringify(end)}: ${connector.child.lastWords()}`,
      );
      this.#restartConnector(feed);
    });
  }
}
