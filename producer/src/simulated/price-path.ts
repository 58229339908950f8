import { mix32 } from './mix32.ts';
import { COMPANIES } from './sim-instruments.ts';

const TWO_32 = 4_294_967_296;

/**
 * Noise of one scale changes its value every `seconds`, by up to `share` of the price. The shares
 * grow with the square root of time, as those of a random walk do: 1.5 % in a trading day.
 */
const SHARE_PER_ROOT_SECOND = 0.015 / Math.sqrt(23_400);
const SCALES = Array.from({ length: 11 }, (_, index) => {
  const seconds = 4 ** (index - 2);
  return { seconds, share: SHARE_PER_ROOT_SECOND * Math.sqrt(seconds) };
});

/** Between two points the path is a straight line of so many events. */
const SEGMENT_EVENTS = 64;

/**
 * Where the price of each share stands at any event: noise of many scales added up, so that it
 * can be computed anywhere without the way there. Never more than a fifteenth away from its base.
 */
export class PricePath {
  readonly #seed: number;
  readonly #secondsPerEvent: number;
  // The segment of each share that was asked about last.
  readonly #segmentOf = new Float64Array(COMPANIES.length).fill(-1);
  readonly #left = new Float64Array(COMPANIES.length);
  readonly #slope = new Float64Array(COMPANIES.length);

  /** @param eventRate regular events per second of event time */
  constructor(seed: number, eventRate: number) {
    this.#seed = seed;
    this.#secondsPerEvent = 1 / eventRate;
  }

  /** Middle of the market in cents, with fraction. */
  midCents(company: number, regularIndex: number): number {
    const segment = Math.floor(regularIndex / SEGMENT_EVENTS);
    if (this.#segmentOf[company] !== segment) this.#enter(company, segment);
    const within = regularIndex - segment * SEGMENT_EVENTS;
    return (this.#left[company] as number) + (this.#slope[company] as number) * within;
  }

  #enter(company: number, segment: number): void {
    const left = this.#point(company, segment);
    this.#segmentOf[company] = segment;
    this.#left[company] = left;
    this.#slope[company] = (this.#point(company, segment + 1) - left) / SEGMENT_EVENTS;
  }

  #point(company: number, segment: number): number {
    const seconds = segment * SEGMENT_EVENTS * this.#secondsPerEvent;
    let share = 0;
    for (let scale = 0; scale < SCALES.length; scale += 1) {
      const each = SCALES[scale] as (typeof SCALES)[number];
      const at = seconds / each.seconds;
      const step = Math.floor(at);
      const seed = this.#seed ^ Math.imul(company * SCALES.length + scale + 1, 0x9e3779b1);
      const from = mix32(seed, step) / TWO_32;
      const to = mix32(seed, step + 1) / TWO_32;
      share += each.share * (2 * (from + (to - from) * (at - step)) - 1);
    }
    return (COMPANIES[company] as (typeof COMPANIES)[number]).baseCents * (1 + share);
  }
}
