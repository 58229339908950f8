import { Problem } from '../problem.ts';

/** How many streams there may be, in all and of one owner. */
export class LiveSeats {
  readonly #seatsMax: number;
  readonly #seatsPerOwnerMax: number;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(seatsMax: number, seatsPerOwnerMax: number) {
    this.#seatsMax = seatsMax;
    this.#seatsPerOwnerMax = seatsPerOwnerMax;
  }

  /**
   * Takes a seat; call what is returned to give it back.
   *
   * @throws Problem rate-limited or overloaded
   */
  take(owner: string): () => void {
    const taken = this.#taken.get(owner) ?? 0;
    if (taken >= this.#seatsPerOwnerMax) {
      throw new Problem(
        'rate-limited',
        `This key has ${taken} live streams open and may have ${this.#seatsPerOwnerMax}: close ` +
          'some, or follow more topics in one.',
        { retryAfterSeconds: 1 },
      );
    }
    if (this.#count >= this.#seatsMax) {
      throw new Problem(
        'overloaded',
        `The gateway has ${this.#count} live streams open, as many as it may; come again soon.`,
        { retryAfterSeconds: 1 },
      );
    }
    this.#count += 1;
    this.#taken.set(owner, taken + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#count -= 1;
      const left = (this.#taken.get(owner) ?? 1) - 1;
      if (left === 0) this.#taken.delete(owner);
      else this.#taken.set(owner, left);
    };
  }
}
