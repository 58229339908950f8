import type { BarWindow } from './bar-window.ts';

const MS_PER_SECOND = 1000;

/** All instruments' windows of the same step and start, which close and become final together. */
export class Slot {
  readonly stepIndex: number;
  readonly startSeconds: number;
  readonly closeSeconds: number;
  readonly closeMs: number;
  readonly finalMs: number;
  /** The watermark has passed the end: bars have been published and are revised at once. */
  isClosed = false;
  /** In the order in which they were opened, which is the order of publishing. */
  readonly windows: BarWindow[] = [];

  constructor(
    stepIndex: number,
    startSeconds: number,
    stepSeconds: number,
    allowedLatenessMs: number,
  ) {
    this.stepIndex = stepIndex;
    this.startSeconds = startSeconds;
    this.closeSeconds = startSeconds + stepSeconds;
    this.closeMs = this.closeSeconds * MS_PER_SECOND;
    this.finalMs = this.closeMs + allowedLatenessMs;
  }

  /** When something happens to it next. */
  get dueMs(): number {
    return this.isClosed ? this.finalMs : this.closeMs;
  }
}

/**
 * The slots that are not final. There are few (about the lateness divided by the smallest step), so
 * that a scan finds the next that is due.
 */
export class Timeline {
  readonly #stepsSeconds: readonly number[];
  readonly #allowedLatenessMs: number;
  /** By step, then by start. */
  readonly #slots: readonly Map<number, Slot>[];
  /** No slot is due before this. */
  nextDueMs = Number.POSITIVE_INFINITY;

  constructor(stepsSeconds: readonly number[], allowedLatenessMs: number) {
    this.#stepsSeconds = stepsSeconds;
    this.#allowedLatenessMs = allowedLatenessMs;
    this.#slots = stepsSeconds.map(() => new Map());
  }

  /** Whether a window of that step and start takes no trade any more. */
  isFinal(stepIndex: number, startSeconds: number, watermarkMs: number): boolean {
    const closeMs = (startSeconds + (this.#stepsSeconds[stepIndex] as number)) * MS_PER_SECOND;
    return closeMs + this.#allowedLatenessMs <= watermarkMs;
  }

  /** The slot of that step and start, which must not be final. */
  slot(stepIndex: number, startSeconds: number, watermarkMs: number): Slot {
    const slots = this.#slots[stepIndex] as Map<number, Slot>;
    const known = slots.get(startSeconds);
    if (known !== undefined) return known;
    const stepSeconds = this.#stepsSeconds[stepIndex] as number;
    const slot = new Slot(stepIndex, startSeconds, stepSeconds, this.#allowedLatenessMs);
    slot.isClosed = slot.closeMs <= watermarkMs;
    slots.set(startSeconds, slot);
    if (slot.dueMs < this.nextDueMs) this.nextDueMs = slot.dueMs;
    return slot;
  }

  /** The slot to be closed or made final next, if that is due: by time, then step, then start. */
  due(watermarkMs: number): Slot | undefined {
    let next: Slot | undefined;
    // Steps ascend, so that of two slots due at the same time the one met first goes first, except
    // that an earlier start of the same step precedes.
    for (const slot of this.all()) {
      const isEarlier =
        next === undefined ||
        slot.dueMs < next.dueMs ||
        (slot.dueMs === next.dueMs &&
          slot.stepIndex === next.stepIndex &&
          slot.startSeconds < next.startSeconds);
      if (isEarlier) next = slot;
    }
    this.nextDueMs = next?.dueMs ?? Number.POSITIVE_INFINITY;
    return this.nextDueMs <= watermarkMs ? next : undefined;
  }

  remove(slot: Slot): void {
    this.#slots[slot.stepIndex]?.delete(slot.startSeconds);
  }

  /** Every slot, by step, and within it in the order in which they were made. */
  *all(): Generator<Slot> {
    for (const slots of this.#slots) yield* slots.values();
  }
}
