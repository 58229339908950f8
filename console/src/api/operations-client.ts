import type { ApiClient } from './api-client.ts';
import {
  decodeDrill,
  decodeReplay,
  decodeSimulatedFeed,
  decodeSwitchover,
} from './decode-operations.ts';
import { itemsOf } from './json-fields.ts';
import type { Drill, Replay, ReplayRequest, SimulatedFeed, Switchover } from './shapes.ts';

/** What changes something, or shows what was changed. */
export class OperationsClient {
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  async simulatedFeeds(): Promise<SimulatedFeed[]> {
    return itemsOf(await this.#api.get('/v1/simulations', {}), decodeSimulatedFeed);
  }

  async startSimulation(feed: string): Promise<void> {
    await this.#api.send('POST', '/v1/simulations', { feed });
  }

  async paceSimulation(feed: string, rate: number): Promise<void> {
    await this.#api.send('PATCH', `/v1/simulations/${encodeURIComponent(feed)}`, { rate });
  }

  async stopSimulation(feed: string): Promise<void> {
    await this.#api.send('DELETE', `/v1/simulations/${encodeURIComponent(feed)}`, undefined);
  }

  async replays(): Promise<Replay[]> {
    return itemsOf(await this.#api.get('/v1/replays', {}), decodeReplay);
  }

  async startReplay({ instruments, from, to, speed }: ReplayRequest): Promise<void> {
    await this.#api.send('POST', '/v1/replays', { instruments, from, to, speed: speed ?? null });
  }

  async setReplay(id: string, change: { paused?: boolean; speed?: number }): Promise<void> {
    await this.#api.send('PATCH', `/v1/replays/${encodeURIComponent(id)}`, change);
  }

  async stopReplay(id: string): Promise<void> {
    await this.#api.send('DELETE', `/v1/replays/${encodeURIComponent(id)}`, undefined);
  }

  async switchovers(): Promise<Switchover[]> {
    return itemsOf(await this.#api.get('/v1/switchovers', {}), decodeSwitchover);
  }

  async startSwitchover(from: string, to: string): Promise<void> {
    await this.#api.send('POST', '/v1/switchovers', { from, to });
  }

  async drills(): Promise<Drill[]> {
    return itemsOf(await this.#api.get('/v1/drills', {}), decodeDrill);
  }
}
