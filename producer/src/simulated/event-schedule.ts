import type { Random } from '@feedmill/core/random';
import { INSTRUMENTS } from './sim-instruments.ts';

/** Slots of the schedule; it repeats after so many regular events. */
export const SCHEDULE_SLOTS = 4096;

/** Sequence domains: trades and quotes of every instrument, numbered apart. */
const DOMAIN_COUNT = INSTRUMENTS.length * 2;

/** Domain of an instrument's trades; its quotes are the next one. */
const tradeDomain = (instrument: number): number => instrument * 2;

/**
 * Which kind of event of which instrument comes at which slot. Because it repeats, the number of
 * events of a domain below any index is a multiplication and a look-up away.
 */
export class EventSchedule {
  /** Domain of each slot. */
  readonly domainOf = new Uint8Array(SCHEDULE_SLOTS);
  /** Earlier slots of the same domain. */
  readonly rankOf = new Uint16Array(SCHEDULE_SLOTS);
  /** How far back the event before of the same domain is, across the repetition. */
  readonly sameDomainBack = new Uint16Array(SCHEDULE_SLOTS);
  /** How far back the trade before is, across the repetition; 0 where no slot is a trade. */
  readonly tradeBack = new Uint16Array(SCHEDULE_SLOTS);
  /** Slots of each domain. */
  readonly countOf = new Uint16Array(DOMAIN_COUNT);
  /** Domains with a slot, and the place of each domain among them (or -1). */
  readonly activeDomains: readonly number[];
  readonly activeIndexOf = new Int16Array(DOMAIN_COUNT).fill(-1);

  /** @param tradeShare share of trades among trades and quotes, 0 to 1 */
  constructor(tradeShare: number, random: Random) {
    this.#assign(tradeShare, random);
    for (let slot = 0; slot < SCHEDULE_SLOTS; slot += 1) {
      const domain = this.domainOf[slot] as number;
      this.rankOf[slot] = this.countOf[domain] as number;
      this.countOf[domain] = (this.countOf[domain] as number) + 1;
    }
    this.#lookBack();
    this.activeDomains = Array.from({ length: DOMAIN_COUNT }, (_, domain) => domain).filter(
      (domain) => (this.countOf[domain] as number) > 0,
    );
    for (const [index, domain] of this.activeDomains.entries()) {
      this.activeIndexOf[domain] = index;
    }
  }

  /** An exact number of trades, dealt out over the slots; the first slot is one if any is. */
  #assign(tradeShare: number, random: Random): void {
    let trades = Math.round(SCHEDULE_SLOTS * tradeShare);
    if (tradeShare > 0) trades = Math.max(1, trades);
    if (tradeShare < 1) trades = Math.min(SCHEDULE_SLOTS - 1, trades);
    const isTrade = Array.from({ length: SCHEDULE_SLOTS }, (_, slot) => slot < trades);
    for (let slot = SCHEDULE_SLOTS - 1; slot > 1; slot -= 1) {
      const other = 1 + Math.floor(random() * slot);
      const kept = isTrade[slot] as boolean;
      isTrade[slot] = isTrade[other] as boolean;
      isTrade[other] = kept;
    }
    const weights = INSTRUMENTS.map(({ company, venue }) => company.weight * venue.weight);
    const weightTotal = weights.reduce((sum, each) => sum + each, 0);
    for (let slot = 0; slot < SCHEDULE_SLOTS; slot += 1) {
      let at = random() * weightTotal;
      let instrument = 0;
      while (instrument < weights.length - 1 && at >= (weights[instrument] as number)) {
        at -= weights[instrument] as number;
        instrument += 1;
      }
      this.domainOf[slot] = tradeDomain(instrument) + (isTrade[slot] === true ? 0 : 1);
    }
  }

  /** Twice around, so that the second time every slot knows what came before the repetition. */
  #lookBack(): void {
    const lastOf = new Map<number, number>();
    let lastTrade: number | undefined;
    for (let at = 0; at < 2 * SCHEDULE_SLOTS; at += 1) {
      const slot = at % SCHEDULE_SLOTS;
      const domain = this.domainOf[slot] as number;
      this.sameDomainBack[slot] = at - (lastOf.get(domain) ?? at);
      this.tradeBack[slot] = at - (lastTrade ?? at);
      lastOf.set(domain, at);
      if (domain % 2 === 0) lastTrade = at;
    }
  }
}
