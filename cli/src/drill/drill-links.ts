import type { PairLinks } from '../regions/local-pair.ts';
import { otherSide, type Side } from '../regions/side.ts';
import { LinkProxy } from './link-proxy.ts';

type Site = Side | 'witness' | 'producers';

interface Link {
  readonly from: Site;
  readonly to: Site;
  readonly shard: number;
  readonly proxy: LinkProxy;
}

/** The ways between the two regions, the witness and the producers, each through a proxy. */
export class DrillLinks implements PairLinks {
  readonly #links: Link[] = [];
  readonly #delayMs: number;

  /** @param delayMs added between the regions, each way */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  async peer(from: Side, shard: number): Promise<string> {
    return await this.#add(from, otherSide(from), shard, this.#delayMs);
  }

  async witness(from: Side): Promise<string> {
    return await this.#add(from, 'witness', 0, 0);
  }

  /** Where producers ask for their worker in a region. */
  async front(to: Side, shard: number): Promise<string> {
    return await this.#add('producers', to, shard, 0);
  }

  lead(to: Side | 'witness', shard: number, port: number): void {
    for (const link of this.#links) {
      if (link.to === to && link.shard === shard) link.proxy.targetPort = port;
    }
  }

  /** Cuts a region off from both other sites; producers still reach it. */
  isolate(side: Side): void {
    for (const { from, to, proxy } of this.#links) {
      if (from !== 'producers' && (from === side || to === side)) proxy.block();
    }
  }

  heal(): void {
    for (const { proxy } of this.#links) proxy.unblock();
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map(({ proxy }) => proxy.close()));
  }

  async #add(from: Site, to: Site, shard: number, delayMs: number): Promise<string> {
    const proxy = await LinkProxy.start();
    proxy.delayMs = delayMs;
    this.#links.push({ from, to, shard, proxy });
    return proxy.address;
  }
}
