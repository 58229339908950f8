import { asSequence, type Sequence } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { FeedEvent } from '@feedmill/core/event';
import { CHUNK_EVENTS_MAX } from '../capture/limits.ts';
import { Pace } from '../pace.ts';
import type { Source, SourceProgress } from '../source.ts';
import { EventTimes } from './event-times.ts';
import { LAG_MS_MAX } from './limits.ts';
import { marketIndex, PREAMBLE_EVENTS, SimulatedMarket } from './simulated-market.ts';
import { type SimulationOptions, unpacedStartNanos } from './simulation-options.ts';

const MS_PER_SECOND = 1000;

/** Which market, for whom, and how fast. */
export interface SimulatedRequest {
  readonly producer: string;
  /** 1: every event is due at its time; any factor; 0: as fast as it is taken. */
  readonly speed: number;
  readonly simulation: SimulationOptions;
}

export interface SimulatedSourceDeps {
  readonly clock: Clock;
  /** Takes one sentence for the log. */
  readonly warn: (sentence: string) => void;
}

/**
 * A seeded market. Everything about an event but its time depends on its number alone. With a
 * start (or at speed 0) its time does too. Live, that is without a start, event time is the
 * clock's: after a resumption it goes on from now, and where the reader falls behind by more than
 * LAG_MS_MAX it jumps to now, which is counted as `fell_behind`. Events that were handed out keep
 * their time as long as the source lives.
 */
export class SimulatedSource implements Source {
  readonly producer: string;
  readonly #options: SimulationOptions;
  readonly #speed: number;
  readonly #deps: SimulatedSourceDeps;
  readonly #isLive: boolean;
  readonly #times: EventTimes;
  readonly #market: SimulatedMarket;
  #handedOut = 0;
  #reached = 0;
  #fellBehind = 0;

  constructor(request: SimulatedRequest, deps: SimulatedSourceDeps) {
    this.producer = request.producer;
    this.#options = request.simulation;
    this.#speed = request.speed;
    this.#deps = deps;
    const { startNanos, rate } = request.simulation;
    this.#isLive = startNanos === undefined && request.speed > 0;
    this.#times = new EventTimes(rate, startNanos ?? unpacedStartNanos());
    this.#market = new SimulatedMarket(request.simulation, this.#times);
  }

  async *events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    const end = this.#options.events ?? Number.MAX_SAFE_INTEGER;
    const msPerEvent = MS_PER_SECOND / this.#options.rate;
    const pace = new Pace(this.#deps.clock, this.#speed);
    let from: number = after;
    // What was handed out before is due at once; time goes on with the first new event.
    let anchorIndex = this.#anchor(pace, Math.max(from, this.#handedOut));
    this.#reached = from;
    while (from < end && !signal.aborted) {
      const dueIndex = anchorIndex + Math.floor(pace.dueMs() / msPerEvent);
      const nextIndex = marketIndex(from + 1);
      if (nextIndex > dueIndex) {
        await pace.until((nextIndex - anchorIndex) * msPerEvent, signal);
        continue;
      }
      if (this.#isLive && from >= this.#handedOut && this.#isBehind(dueIndex - nextIndex)) {
        anchorIndex = this.#anchor(pace, from);
        continue;
      }
      const dueThrough = dueIndex + PREAMBLE_EVENTS + 1;
      const to = Math.min(end, dueThrough, from + CHUNK_EVENTS_MAX);
      const chunk: FeedEvent[] = [];
      for (let each = from + 1; each <= to; each += 1) {
        chunk.push(this.#market.eventAt(asSequence(each)));
      }
      from = to;
      this.#reached = to;
      this.#handedOut = Math.max(this.#handedOut, to);
      yield chunk;
    }
  }

  progress(): SourceProgress {
    const { events } = this.#options;
    const fraction = events === undefined ? undefined : Math.min(1, this.#reached / events);
    return { fraction, problems: this.#fellBehind === 0 ? {} : { fell_behind: this.#fellBehind } };
  }

  /** Makes the event after `from` due now, live also in its event time. Returns its index. */
  #anchor(pace: Pace, from: number): number {
    const index = marketIndex(from + 1);
    pace.anchor();
    if (this.#isLive) this.#times.anchor(index, this.#deps.clock.wallNanos());
    return index;
  }

  #isBehind(events: number): boolean {
    const lagMs = (events * MS_PER_SECOND) / this.#options.rate / this.#speed;
    if (lagMs <= LAG_MS_MAX) return false;
    this.#fellBehind += 1;
    if (this.#fellBehind === 1) {
      this.#deps.warn(
        `The simulated market '${this.producer}' is ${Math.round(lagMs)} ms behind its clock, ` +
          `${LAG_MS_MAX} ms are allowed: its reader is slower than ${this.#options.rate} ` +
          'events/s. Event time goes on from now; lower the rate, or use speed=0.',
      );
    }
    return true;
  }
}
