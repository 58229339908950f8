import { Problem } from '../problem.ts';

/**
 * Classes of work, from what is given up first to what is kept longest: how many of each run side
 * by side, and how many wait for their turn. More are told to come again.
 */
export const WORK_CLASSES = {
  summary: { running: 2, waiting: 8 },
  history: { running: 6, waiting: 48 },
  latest: { running: 8, waiting: 256 },
} as const;

export type WorkClass = keyof typeof WORK_CLASSES;

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

export interface AdmissionOptions {
  /** Units of work that run side by side, of all classes. */
  readonly runningMax: number;
  /** How late the event loop is, ms. */
  readonly loopLagMs: () => number;
  readonly shedHistoryLagMs: number;
  readonly shedLatestLagMs: number;
  readonly retryAfterSeconds: number;
  readonly onShed: (workClass: WorkClass) => void;
}

/**
 * Lets as much work in as can be done. The higher class goes first, each class has a share of its
 * own, and what would only wait too long is refused at once.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #lanes: Readonly<Record<WorkClass, Lane>> = {
    summary: { running: 0, waiting: [] },
    history: { running: 0, waiting: [] },
    latest: { running: 0, waiting: [] },
  };
  #running = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Requests that run or wait, of one class. */
  load(workClass: WorkClass): { readonly running: number; readonly waiting: number } {
    const { running, waiting } = this.#lanes[workClass];
    return { running, waiting: waiting.length };
  }

  /**
   * Runs `work` when it is its turn.
   *
   * @throws Problem overloaded
   */
  async run<T>(workClass: WorkClass, work: () => Promise<T>): Promise<T> {
    const lane = this.#lanes[workClass];
    this.#refuseTooMuch(workClass, lane);
    if (this.#mayRun(workClass)) this.#enter(lane);
    else await new Promise<void>((resolve) => lane.waiting.push(resolve));
    try {
      return await work();
    } finally {
      lane.running -= 1;
      this.#running -= 1;
      this.#next();
    }
  }

  #refuseTooMuch(workClass: WorkClass, lane: Lane): void {
    const { loopLagMs, shedHistoryLagMs, shedLatestLagMs, retryAfterSeconds, onShed } =
      this.#options;
    const lagMaxMs = workClass === 'latest' ? shedLatestLagMs : shedHistoryLagMs;
    const isLate = loopLagMs() > lagMaxMs;
    if (!isLate && lane.waiting.length < WORK_CLASSES[workClass].waiting) return;
    onShed(workClass);
    throw new Problem(
      'overloaded',
      `The gateway has more ${workClass} queries than it can answer soon; come again after ` +
        `${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
  }

  #mayRun(workClass: WorkClass): boolean {
    return (
      this.#running < this.#options.runningMax &&
      this.#lanes[workClass].running < WORK_CLASSES[workClass].running
    );
  }

  #enter(lane: Lane): void {
    lane.running += 1;
    this.#running += 1;
  }

  #next(): void {
    for (const workClass of ['latest', 'history', 'summary'] as const) {
      const lane = this.#lanes[workClass];
      while (lane.waiting.length > 0 && this.#mayRun(workClass)) {
        this.#enter(lane);
        lane.waiting.shift()?.();
      }
    }
  }
}
