import type { Locator, LocatorResult, Target } from './locator.ts';

/**
 * Where to look for the worker of a producer whose shard lives in one region or in two: in the
 * region that served last, until it fails; then in the other one, and so on.
 */
export class RegionLocator {
  readonly #locators: readonly [Locator, ...Locator[]];
  #current = 0;

  /** @param locators one a region, the one to begin with first */
  constructor(locators: readonly [Locator, ...Locator[]]) {
    this.#locators = locators;
  }

  /** Has the next search end at once at `target`. */
  redirectTo(target: Target): void {
    this.#here.redirectTo(target);
  }

  /** Takes note that the last target did not serve. */
  failed(): void {
    this.#here.failed();
  }

  /** The last target is not the one that may serve: the other region is. */
  goElsewhere(): void {
    this.#here.failed();
    this.#current = (this.#current + 1) % this.#locators.length;
  }

  /** The worker was the right one: start with it again next time. */
  served(): void {
    this.#here.served();
  }

  next(): Promise<LocatorResult> {
    return this.#here.next();
  }

  get #here(): Locator {
    return this.#locators[this.#current] as Locator;
  }
}
