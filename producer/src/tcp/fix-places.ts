import { FIX_RUNS_MAX } from './limits.ts';

/** Messages with equally many events each, one behind the other. */
interface Run {
  /** MsgSeqNum of the first. */
  readonly first: number;
  readonly messages: number;
  /** Events of each. */
  readonly events: number;
  /** Number of the first event in the producer's stream; without events, of the next one. */
  readonly number: number;
}

/** Where to go on. */
export interface FixPlace {
  /** MsgSeqNum of the next message. */
  readonly next: number;
  /** Events of it that a worker has already. */
  readonly skip: number;
  /** Messages of which it is not known any more whether a worker has their events. */
  readonly lost: { readonly first: number; readonly last: number } | undefined;
}

/** How they are kept. */
export interface SavedPlaces {
  readonly after: number;
  readonly next: number;
  readonly skip: number;
  readonly isTrimmed: boolean;
  readonly runs: readonly (readonly number[])[];
}

/**
 * Which message has brought which events of the stream. So a start after a crash knows with which
 * message it must go on, since a worker says how many events it has.
 */
export class FixPlaces {
  /** Where this start has begun. */
  #base = { after: 0, next: 1, skip: 0 };
  #runs: Run[] = [];
  #isTrimmed = false;

  /** A message was taken, and these are its events. */
  add(sequence: number, number: number, events: number): void {
    const last = this.#runs.at(-1);
    if (
      last !== undefined &&
      last.events === events &&
      last.first + last.messages === sequence &&
      last.number + last.messages * events === number
    ) {
      this.#runs[this.#runs.length - 1] = { ...last, messages: last.messages + 1 };
      return;
    }
    this.#runs.push({ first: sequence, messages: 1, events, number });
    if (this.#runs.length <= FIX_RUNS_MAX) return;
    this.#runs.shift();
    this.#isTrimmed = true;
  }

  /** Numbers start over behind the event of this number. */
  restart(after: number): void {
    this.#base = { after, next: 1, skip: 0 };
    this.#runs = [];
    this.#isTrimmed = false;
  }

  /**
   * Where to go on; what no worker has taken is forgotten, since it will come under other numbers.
   *
   * @param after number of the last event that a worker has taken
   */
  resume(after: number): FixPlace {
    const place = this.#placeAfter(after);
    this.#base = { after, next: place.next, skip: place.skip };
    this.#runs = this.#runs.flatMap((run) => {
      if (run.first >= place.next) return [];
      return [{ ...run, messages: Math.min(run.messages, place.next - run.first) }];
    });
    return place;
  }

  #placeAfter(after: number): FixPlace {
    const { after: begun, next: first, skip } = this.#base;
    // A worker that has less than at the start has lost its database: all of it is sent again.
    if (after < begun) return { next: 1, skip: 0, lost: undefined };
    if (after === begun) return { next: first, skip, lost: undefined };
    let next = this.#isTrimmed ? 0 : first;
    for (const run of this.#runs) {
      const taken = after - run.number + 1;
      if (taken < 0) break;
      const whole = run.events === 0 ? run.messages : Math.floor(taken / run.events);
      if (whole < run.messages) {
        return { next: run.first + whole, skip: taken - whole * run.events, lost: undefined };
      }
      next = run.first + run.messages;
    }
    if (next > 0) return { next, skip: 0, lost: undefined };
    const oldest = this.#runs[0]?.first ?? first;
    return { next: oldest, skip: 0, lost: { first, last: oldest - 1 } };
  }

  encode(): SavedPlaces {
    const runs = this.#runs.map(({ first, messages, events, number }) => [
      first,
      messages,
      events,
      number,
    ]);
    return { ...this.#base, isTrimmed: this.#isTrimmed, runs };
  }

  /** Undefined where it is nothing that was saved. */
  static decode(saved: SavedPlaces): FixPlaces | undefined {
    const { after, next, skip, isTrimmed, runs } = saved;
    const places = new FixPlaces();
    if (![after, next, skip].every(Number.isSafeInteger) || !Array.isArray(runs)) return undefined;
    places.#base = { after, next, skip };
    places.#isTrimmed = isTrimmed;
    for (const run of runs as readonly (readonly number[])[]) {
      const [first = 0, messages = 0, events = 0, number = 0] = run;
      if (![first, messages, events, number].every(Number.isSafeInteger)) return undefined;
      places.#runs.push({ first, messages, events, number });
    }
    return places;
  }
}
