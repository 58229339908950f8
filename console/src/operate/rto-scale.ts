/** A mark of the axis, and how far along it stands, 0 to 1. */
export interface AxisMark {
  readonly ms: number;
  readonly at: number;
}

export interface RtoScale {
  /** How far along the axis a time stands, 0 to 1. */
  at(ms: number): number;
  readonly marks: readonly AxisMark[];
}

/** A logarithmic axis over decades: times to recover differ by factors, not by milliseconds. */
export function rtoScale(values: readonly number[]): RtoScale {
  const known = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...known, 10)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...known, 1000))), low + 1);
  const at = (ms: number): number =>
    Math.min(Math.max((Math.log10(Math.max(ms, 1e-3)) - low) / (high - low), 0), 1);
  const marks = Array.from({ length: high - low + 1 }, (_, decade) => {
    const ms = 10 ** (low + decade);
    return { ms, at: at(ms) };
  });
  return { at, marks };
}
