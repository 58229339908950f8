import type { Position } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { SpanFacts, Tracer, TraceSpan } from '@feedmill/core/tracer';

/** What a producer sent along with a batch that is traced. */
export interface ReceivedTrace {
  readonly traceparent: string;
  /** Monotonic time at which the batch came. */
  readonly receivedMs: number;
}

/** A batch on its way from the stream to Postgres. */
interface OpenTrace {
  readonly position: Position;
  readonly facts: SpanFacts;
  /** The step that was taken last: parent of the next. */
  parent: string;
  /** The step that has begun: it waits for the disk, or for the other region. */
  waiting: { readonly step: 'journal' | 'replicate'; readonly span: TraceSpan } | undefined;
}

/** Follows the batches that are sampled through the worker: each step is parent of the next. */
export class BatchTraces {
  readonly #tracer: Tracer;
  readonly #clock: Clock;
  readonly #hasRegions: boolean;
  readonly #openMax: number;
  /** By position, rising. */
  readonly #open: OpenTrace[] = [];

  /** @param openMax batches that are followed at a time; further ones are not */
  constructor(tracer: Tracer, clock: Clock, hasRegions: boolean, openMax: number) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#hasRegions = hasRegions;
    this.#openMax = openMax;
  }

  /** A batch was checked and handed to the journal. */
  received(position: Position, { traceparent, receivedMs }: ReceivedTrace, facts: SpanFacts): void {
    const newest = this.#open.at(-1);
    // What was cut off the journal never comes to its end.
    if (newest !== undefined && newest.position >= position) this.#open.length = 0;
    if (this.#open.length >= this.#openMax) return;
    const receive = this.#tracer.start('feedmill.receive', receivedMs, facts, traceparent);
    if (receive === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    receive.end(nowMs);
    const trace = { position, facts, parent: receive.traceparent, waiting: undefined };
    this.#open.push(trace);
    this.#await(trace, 'journal', nowMs);
  }

  /** Entries are on this worker's disk. */
  durable(through: Position): void {
    this.#arrive(through, 'journal', this.#hasRegions ? 'replicate' : undefined);
  }

  /** Entries may be acknowledged: with two regions, both have them. */
  released(through: Position): void {
    this.#arrive(through, 'replicate', undefined);
  }

  /** Rows are being made of an entry; the caller ends the span. */
  apply(position: Position): TraceSpan | undefined {
    const trace = this.#open.find((each) => each.position === position);
    if (trace === undefined) return undefined;
    const nowMs = this.#clock.monotonicMs();
    const span = this.#tracer.start('feedmill.apply', nowMs, trace.facts, trace.parent);
    if (span !== undefined) trace.parent = span.traceparent;
    return span;
  }

  /** The rows of all entries through a position are in Postgres. */
  committed(through: Position, startedMs: number, endedMs: number): void {
    let done = 0;
    for (const { position, facts, parent } of this.#open) {
      if (position > through) break;
      this.#tracer.start('feedmill.commit', startedMs, facts, parent)?.end(endedMs);
      done += 1;
    }
    if (done > 0) this.#open.splice(0, done);
  }

  #await(trace: OpenTrace, step: 'journal' | 'replicate', nowMs: number): void {
    const span = this.#tracer.start(`feedmill.${step}`, nowMs, trace.facts, trace.parent);
    trace.waiting = span && { step, span };
  }

  #arrive(through: Position, step: 'journal' | 'replicate', next: 'replicate' | undefined): void {
    for (const trace of this.#open) {
      if (trace.position > through) return;
      if (trace.waiting?.step !== step) continue;
      const nowMs = this.#clock.monotonicMs();
      trace.waiting.span.end(nowMs);
      trace.parent = trace.waiting.span.traceparent;
      trace.waiting = undefined;
      if (next !== undefined) this.#await(trace, next, nowMs);
    }
  }
}
