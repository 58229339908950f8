/** Something that happens at a moment of virtual time. */
export interface ScheduledEvent {
  /** Virtual time, whole microseconds. */
  readonly atUs: number;
  /** Of several at one moment the one that was scheduled first comes first. */
  readonly order: number;
  readonly label: string;
  /** Undefined once it is cancelled. */
  run: (() => void) | undefined;
}

/** A binary heap of what is to happen, the earliest on top. */
export class EventHeap {
  readonly #events: ScheduledEvent[] = [];

  get size(): number {
    return this.#events.length;
  }

  get first(): ScheduledEvent | undefined {
    return this.#events[0];
  }

  push(event: ScheduledEvent): void {
    const events = this.#events;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, events[parent] as ScheduledEvent)) break;
      events[at] = events[parent] as ScheduledEvent;
      at = parent;
    }
    events[at] = event;
  }

  pop(): ScheduledEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      const right = events[child + 1];
      if (right !== undefined && isBefore(right, events[child] as ScheduledEvent)) child += 1;
      if (!isBefore(events[child] as ScheduledEvent, last)) break;
      events[at] = events[child] as ScheduledEvent;
      at = child;
    }
    events[at] = last;
    return first;
  }
}

function isBefore(one: ScheduledEvent, other: ScheduledEvent): boolean {
  return one.atUs === other.atUs ? one.order < other.order : one.atUs < other.atUs;
}
