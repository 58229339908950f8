import type { PairLinks } from '../regions/pair-links.ts';
import { otherSide, type Side } from '../regions/side.ts';
import { portOf } from '../supervisor/loopback-port.ts';
import { LinkProxy } from './link-proxy.ts';

type Site = Side | 'witness' | 'producers';

interface Link {
  readonly from: Site;
  readonly to: Site;
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

  async peer(from: Side, _shard: number, address: string): Promise<string> {
    return await this.#add(from, otherSide(from), address, this.#delayMs);
  }

  async witness(from: Side, address: string): Promise<string> {
    return await this.#add(from, 'witness', address, 0);
  }

  /** Where producers ask for a worker of a region. */
  async front(to: Side, address: string): Promise<string> {
    return await this.#add('producers', to, address, 0);
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

  async #add(from: Site, to: Site, address: string, delayMs: number): Promise<string> {
    const proxy = await LinkProxy.start(portOf(address));
    proxy.delayMs = delayMs;
    this.#links.push({ from, to, proxy });
    return proxy.address;
  }
}
