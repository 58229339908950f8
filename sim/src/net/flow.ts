import type { Scheduler } from '../kernel/scheduler.ts';
import type { Link } from './link.ts';

interface Packet {
  readonly message: unknown;
  readonly bytes: number;
  readonly readyMs: number;
}

/** Where a sender puts what it sends. */
export interface Outlet {
  /** Bytes that were sent and not taken. */
  readonly bytes: number;
  push(message: unknown, bytes: number): void;
}

/** Where a flow ends. */
export interface FlowTarget {
  /** Whether it takes messages now; if not, `Flow.pump` is called when it does. */
  readonly isReading: boolean;
  take(message: unknown): void;
}

/** One direction of a connection: in order, nothing lost, however long it takes. */
export class Flow implements Outlet {
  readonly #scheduler: Scheduler;
  readonly #link: Link;
  readonly #target: FlowTarget;
  /** Told after messages have been taken. */
  readonly #onTaken: () => void;
  readonly #packets: Packet[] = [];
  #bytes = 0;
  #isMoving = false;

  constructor(scheduler: Scheduler, link: Link, target: FlowTarget, onTaken: () => void) {
    this.#scheduler = scheduler;
    this.#link = link;
    this.#target = target;
    this.#onTaken = onTaken;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(message: unknown, bytes: number): void {
    const readyMs = this.#scheduler.nowMs + this.#link.draw();
    this.#packets.push({ message, bytes, readyMs });
    this.#bytes += bytes;
    this.pump();
  }

  /** Goes on where the target takes messages again. */
  pump(): void {
    const next = this.#packets[0];
    if (this.#isMoving || next === undefined) return;
    this.#isMoving = true;
    const waitMs = Math.max(0, next.readyMs - this.#scheduler.nowMs);
    this.#scheduler.after(waitMs, `net ${this.#link.name} ${next.bytes}`, () => this.#arrive());
  }

  #arrive(): void {
    this.#isMoving = false;
    if (this.#link.cutSinceMs !== undefined) {
      this.#link.whenHealed(() => this.pump());
      return;
    }
    if (!this.#target.isReading) return;
    const packet = this.#packets.shift();
    if (packet === undefined) return;
    this.#bytes -= packet.bytes;
    this.#target.take(packet.message);
    this.#onTaken();
    this.pump();
  }
}
