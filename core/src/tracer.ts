/** What is known of a span: short names, each with a text or a number. */
export type SpanFacts = Readonly<Record<string, string | number>>;

/** One step of a trace that has begun. */
export interface TraceSpan {
  /** Names the span to whoever takes the next step (W3C Trace Context, version 00). */
  readonly traceparent: string;
  /** @param atMs monotonic time */
  end(atMs: number): void;
}

/**
 * Where traces go. Whoever has none does without: nothing that is stored or answered may depend on
 * it.
 */
export interface Tracer {
  /**
   * Begins a span.
   *
   * @param atMs monotonic time at which it began
   * @param parent traceparent of the step before; undefined begins a trace
   * @returns undefined where the trace is not sampled, or the parent cannot be read
   */
  start(name: string, atMs: number, facts: SpanFacts, parent?: string): TraceSpan | undefined;
}

/** A traceparent has this many characters. */
export const TRACEPARENT_LENGTH = 55;
