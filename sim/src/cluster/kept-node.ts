import { RestartDelay } from '@feedmill/cli/supervisor/restart-delay';
import type { SimHost } from '../kernel/sim-host.ts';
import { type SimEnd, SimProcess } from '../kernel/sim-process.ts';
import type { World } from './world.ts';

/** Something that is started again when it ends. */
export interface Kept {
  readonly name: string;
  readonly host: SimHost;
  live(program: SimProcess): void;
}

/** Keeps a process running, as local mode's supervisor and Kubernetes do. */
export class KeptNode {
  readonly #world: World;
  readonly #kept: Kept;
  readonly #delay: RestartDelay;
  #program: SimProcess | undefined;
  readonly #replaced = new Map<SimProcess, (end: SimEnd) => void>();
  #lives = 0;
  #startedMs = 0;
  #isDone = false;

  constructor(world: World, kept: Kept) {
    this.#world = world;
    this.#kept = kept;
    this.#delay = new RestartDelay(world.chance.of(`${kept.name} restart`).random);
  }

  get program(): SimProcess | undefined {
    return this.#program;
  }

  get lives(): number {
    return this.#lives;
  }

  /** It has ended and is not needed any more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether a process runs that was not given up already. */
  get isReplaceable(): boolean {
    const program = this.#program;
    return program !== undefined && !program.hasEnded && !this.#replaced.has(program);
  }

  /** Whether a process was ever given up that may have gone on for a while. */
  get wasReplaced(): boolean {
    return this.#replaced.size > 0;
  }

  start(): void {
    const { scheduler, chance } = this.#world;
    const { name, host } = this.#kept;
    this.#lives += 1;
    this.#startedMs = scheduler.nowMs;
    const id = `${name}#${this.#lives}`;
    const program = new SimProcess(id, host, scheduler, chance.of(id));
    this.#program = program;
    program.onEnd((end) => this.#onEnd(program, end));
    this.#kept.live(program);
  }

  /**
   * Takes the process for lost and starts another one in its place, while it may still be alive.
   *
   * @param judge told how it ends
   */
  replace(judge: (end: SimEnd) => void): void {
    const lost = this.#program;
    if (lost === undefined || !this.isReplaceable) return;
    this.#replaced.set(lost, judge);
    const { scheduler } = this.#world;
    scheduler.after(this.#delay.next(0), `${this.#kept.name} replacement`, () => this.start());
  }

  /** Kills the process; the machine loses its power with it where `isPowerCut`. */
  kill(isPowerCut: boolean): void {
    this.#program?.kill(isPowerCut);
    if (isPowerCut) this.#world.powerCut(this.#kept.host.name);
  }

  /** SIGSTOP; returns how to have the process go on, if there is one. */
  pause(): (() => void) | undefined {
    const program = this.#program;
    if (program === undefined || program.hasEnded) return undefined;
    program.pause();
    return () => program.resume();
  }

  #onEnd(program: SimProcess, end: SimEnd): void {
    const { scheduler } = this.#world;
    const { name } = this.#kept;
    const why = end.kind === 'failed' ? `failed: ${end.error.code} ${end.error.message}` : end.kind;
    this.#world.note(`${program.name} ended: ${why}`);
    const judge = this.#replaced.get(program);
    if (judge !== undefined) {
      judge(end);
      return;
    }
    const next = this.#world.judge(name, end);
    if (next === 'leave') {
      this.#isDone = true;
      return;
    }
    const delayMs = this.#delay.next(scheduler.nowMs - this.#startedMs);
    scheduler.after(delayMs, `${name} restart`, () => this.start());
  }
}
