import { seededRandom } from '@feedmill/core/random';
import { EventSchedule, SCHEDULE_SLOTS } from './event-schedule.ts';
import { JitteredWindows } from './jittered-windows.ts';
import { mix32 } from './mix32.ts';
import type { SimulationOptions } from './simulation-options.ts';

// The gaps of a domain skip 1, 2, 3, 4, 1, 2, … numbers.
const GAP_SIZES = 4;
const GAP_SIZES_SUM = (GAP_SIZES * (GAP_SIZES + 1)) / 2;

// What keeps the places of gaps and of late trades apart under one seed.
const GAP_SALT = 0x6a70;
const LATE_SALT = 0x1a7e;

/**
 * The trades and quotes of the market, numbered from 0: which domain each belongs to, its venue
 * sequence, and whether a gap lies before it or it comes late. Everything is computed from the
 * number alone, in constant time.
 */
export class RegularStream {
  readonly #schedule: EventSchedule;
  // Two readers each: one follows the stream, the other looks back, and neither loses its place.
  readonly #gaps: JitteredWindows;
  readonly #gapsBehind: JitteredWindows;
  readonly #lates: JitteredWindows;
  readonly #latesBehind: JitteredWindows;

  constructor(options: SimulationOptions) {
    const regular = options.trades + options.quotes;
    const tradeShare = regular === 0 ? 0 : options.trades / regular;
    this.#schedule = new EventSchedule(tradeShare, seededRandom(options.seed));
    const gapSeed = mix32(options.seed, GAP_SALT);
    const lateSeed = mix32(options.seed, LATE_SALT);
    const gapWidth = windowWidth(options.gaps);
    const lateWidth = windowWidth(options.trades === 0 ? 0 : options.late);
    this.#gaps = new JitteredWindows(gapWidth, gapSeed, 1);
    this.#gapsBehind = new JitteredWindows(gapWidth, gapSeed, 1);
    this.#lates = new JitteredWindows(lateWidth, lateSeed, 1);
    this.#latesBehind = new JitteredWindows(lateWidth, lateSeed, 1);
  }

  /** Twice the instrument, plus 1 where it is a quote. */
  domainOf(index: number): number {
    return this.#schedule.domainOf[index % SCHEDULE_SLOTS] as number;
  }

  /** Number within its domain, from 1, counting those that gaps skipped. */
  sequenceOf(index: number): number {
    const slot = index % SCHEDULE_SLOTS;
    const schedule = this.#schedule;
    const domain = schedule.domainOf[slot] as number;
    const rounds = (index - slot) / SCHEDULE_SLOTS;
    const sent = rounds * (schedule.countOf[domain] as number) + (schedule.rankOf[slot] as number);
    return sent + 1 + this.#skipped(domain, this.#gaps.countBefore(index + 1));
  }

  /** How many numbers of its domain are missing directly before this event. */
  missingBefore(index: number): number {
    const slot = index % SCHEDULE_SLOTS;
    const previous = index - (this.#schedule.sameDomainBack[slot] as number);
    if (previous < 0) return 0;
    const now = this.#gaps.countBefore(index + 1);
    const then = this.#gapsBehind.countBefore(previous + 1);
    if (now === then) return 0;
    const domain = this.#schedule.domainOf[slot] as number;
    return this.#skipped(domain, now) - this.#skipped(domain, then);
  }

  /** Whether this trade is late: the first one at or after a place marked for it. */
  isLate(index: number): boolean {
    const previous = this.tradeBefore(index);
    const now = this.#lates.countBefore(index + 1);
    return now > (previous < 0 ? 0 : this.#latesBehind.countBefore(previous + 1));
  }

  /** Index of the last trade before this event; negative where there is none. */
  tradeBefore(index: number): number {
    return index - (this.#schedule.tradeBack[index % SCHEDULE_SLOTS] as number);
  }

  /** Numbers that the first `gapCount` gaps of the stream skip in one domain; they take turns. */
  #skipped(domain: number, gapCount: number): number {
    const place = this.#schedule.activeIndexOf[domain] as number;
    if (gapCount <= place) return 0;
    const turns = this.#schedule.activeDomains.length;
    const gaps = Math.floor((gapCount - 1 - place) / turns) + 1;
    const rest = gaps % GAP_SIZES;
    return ((gaps - rest) / GAP_SIZES) * GAP_SIZES_SUM + (rest * (rest + 1)) / 2;
  }
}

/** Width of windows in which one index each is marked, for a share of all indexes. */
export function windowWidth(share: number): number {
  return share === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(1 / share));
}
