import type { Chance } from '../kernel/chance.ts';

/** How a path between two machines behaves when nothing is wrong with it. */
export interface LinkTraits {
  /** Shortest way, ms. */
  readonly latencyMs: number;
  /** Mean of what comes on top, ms. */
  readonly jitterMs: number;
  /** Share of packets that are lost; each costs its message a retransmission. */
  readonly lossShare: number;
}

/** When TCP sends again what was not acknowledged; it doubles. */
const RETRANSMIT_MS = 200;
const RETRANSMITS_MAX = 6;

/** One direction between two machines. */
export class Link {
  readonly name: string;
  traits: LinkTraits;
  readonly #usual: LinkTraits;
  readonly #chance: Chance;
  readonly #waiting = new Set<() => void>();
  #cuts = 0;
  #cutSinceMs: number | undefined;

  constructor(name: string, traits: LinkTraits, chance: Chance) {
    this.name = name;
    this.traits = traits;
    this.#usual = traits;
    this.#chance = chance;
  }

  /** Since when nothing gets through; undefined where it does. */
  get cutSinceMs(): number | undefined {
    return this.#cutSinceMs;
  }

  /** What the next message takes, ms. */
  draw(): number {
    const { latencyMs, jitterMs, lossShare } = this.traits;
    let delayMs = latencyMs + this.#chance.exponential(jitterMs);
    for (let retry = 0; retry < RETRANSMITS_MAX && this.#chance.hit(lossShare); retry += 1) {
      delayMs += RETRANSMIT_MS * 2 ** retry;
    }
    return delayMs;
  }

  /** Has it behave as ever again. */
  calm(): void {
    this.traits = this.#usual;
  }

  /** Nothing gets through until as many `heal` as `cut` were called. */
  cut(nowMs: number): void {
    this.#cuts += 1;
    this.#cutSinceMs ??= nowMs;
  }

  heal(): void {
    this.#cuts -= 1;
    if (this.#cuts > 0) return;
    this.#cutSinceMs = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const go of waiting) go();
  }

  /** Calls back once, when something gets through again. */
  whenHealed(go: () => void): void {
    this.#waiting.add(go);
  }
}
