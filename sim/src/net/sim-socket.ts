import type { SimProcess } from '../kernel/sim-process.ts';
import type { Flow, Outlet } from './flow.ts';

/** Why a connection is over. */
export type SocketEnd =
  /** The other side closed it, or its process ended. */
  | 'closed'
  /** Broken on the way, or nobody is there any more. */
  | 'reset'
  /** Nobody listens at the address. */
  | 'refused'
  /** The other side was not heard of for too long. */
  | 'timeout';

/** What one end of a connection is told. Nothing comes after `onEnd`. */
export interface SocketListener {
  onMessage(message: unknown): void;
  onWritable(): void;
  onEnd(cause: SocketEnd): void;
}

/** Bytes under way from which a sender is told to wait. */
const WINDOW_BYTES = 64 * 1024;
const CLOSE = Symbol('close');

/** One end of a connection, in the hands of one process. */
export class SimSocket {
  readonly program: SimProcess;
  /** How long the other side may be silent, ms; Infinity for connections without keep-alive. */
  readonly keepAliveMs: number;
  listener: SocketListener | undefined;
  peer: SimSocket | undefined;
  /** To the other end. */
  out: Outlet;
  /** From the other end. */
  into: Flow | undefined;
  #overSinceMs: number | undefined;
  #isReading = true;
  #mustWait = false;
  readonly #forget: () => void;

  constructor(program: SimProcess, keepAliveMs: number, out: Outlet) {
    this.program = program;
    this.out = out;
    this.keepAliveMs = keepAliveMs;
    this.#forget = program.onEnd((end) => {
      // Where the power goes, nobody says goodbye.
      if (end.kind === 'killed' && end.isPowerCut) this.#finish();
      else this.close();
    });
  }

  get isOver(): boolean {
    return this.#overSinceMs !== undefined;
  }

  /** Since when nobody is at this end, virtual ms. */
  get overSinceMs(): number | undefined {
    return this.#overSinceMs;
  }

  /** Whether it takes messages; one that is over takes them to answer that nobody is there. */
  get isReading(): boolean {
    return this.#isReading || this.isOver;
  }

  /** @returns false when the caller should wait for `onWritable`; it is sent all the same */
  send(message: unknown, bytes: number): boolean {
    if (this.isOver || this.program.hasEnded) return true;
    this.out.push(message, bytes);
    if (this.out.bytes < WINDOW_BYTES) return true;
    this.#mustWait = true;
    return false;
  }

  /** Says goodbye; what was sent before still arrives. */
  close(): void {
    if (this.isOver) return;
    this.out.push(CLOSE, 1);
    this.#finish();
  }

  /** Stops taking messages; the sender feels it once the window is full. */
  pause(): void {
    this.#isReading = false;
  }

  resume(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.into?.pump();
  }

  take(message: unknown): void {
    if (message === CLOSE) this.end('closed');
    else this.program.deliver('message', () => this.#hand(message));
  }

  /** It is over for this end, which is told. */
  end(cause: SocketEnd): void {
    if (this.isOver) return;
    if (cause === 'timeout') this.out.push(CLOSE, 1);
    this.#finish();
    this.program.deliver('end of connection', () => this.listener?.onEnd(cause));
  }

  /** Something that was sent has been taken. */
  onTaken(): void {
    if (!this.#mustWait || this.out.bytes >= WINDOW_BYTES / 2) return;
    this.#mustWait = false;
    this.program.deliver('writable', () => this.listener?.onWritable());
  }

  #hand(message: unknown): void {
    // What a stopped process has not taken yet is lost with the connection.
    if (!this.isOver) this.listener?.onMessage(message);
  }

  #finish(): void {
    this.#overSinceMs = this.program.scheduler.nowMs;
    this.#forget();
  }
}
