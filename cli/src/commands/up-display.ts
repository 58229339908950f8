import type { Clock } from '@feedmill/core/clock';
import { durationText, plural, secondsText } from '@feedmill/core/number-text';
import type { CommandContext } from '../command-context.ts';
import { LIMITS } from '../limits.ts';
import type { ReferenceFile } from '../reference/load-reference.ts';
import type { FeedRow } from '../status-block/feed-row.ts';
import type { Reporter } from '../status-block/reporter.ts';
import { CommitCount, type Committing } from '../supervisor/commit-count.ts';
import type { DeclaredSource } from '../supervisor/declared-source.ts';
import type { SessionOutcome, SessionPhase } from '../supervisor/folder-session.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { unfinishedText } from './unfinished-text.ts';

/** What `feedmill up` was asked for, checked. */
export interface UpPlan {
  /** Absolute. */
  readonly dir: string;
  readonly sources: readonly DeclaredSource[];
  /** Undefined: as the folder has, or the default. */
  readonly shards: number | undefined;
  readonly references: readonly ReferenceFile[];
  readonly hasGateway: boolean;
  readonly workerFlags: readonly string[];
  readonly isJson: boolean;
}

/** What is shown while `feedmill up` runs, of one region and of two. */
export class UpDisplay {
  readonly #context: CommandContext;
  readonly #reporter: Reporter;
  readonly #commits = new CommitCount();
  readonly #startedMs: number;

  constructor(context: CommandContext, reporter: Reporter) {
    this.#context = context;
    this.#reporter = reporter;
    this.#startedMs = context.clock.monotonicMs();
  }

  /** @param state a sentence before what Ctrl-C does; empty: none */
  show(
    supervised: Committing & { rows(): readonly FeedRow[] },
    phase: SessionPhase,
    state = '',
  ): void {
    if (this.#commits.isFirst(supervised)) {
      const took = secondsText(this.#context.sinceStartMs());
      this.#reporter.note(`First row committed ${took} after the command.`);
    }
    this.#reporter.show({
      rows: [...supervised.rows()],
      progress: undefined,
      isStarting: phase === 'starting',
      footer: this.#footer(phase, state),
    });
  }

  stopped(supervised: Committing, { unfinished }: SessionOutcome): void {
    const committed = plural(this.#commits.since(supervised), 'event');
    const took = this.#upText();
    this.#reporter.note(`Stopped after ${took}: ${committed} committed. The same command goes on.`);
    if (unfinished.length === 0) return;
    this.#reporter.warn(unfinishedText(unfinished));
    this.#context.setExitCode(1);
  }

  #footer(phase: SessionPhase, state: string): string {
    switch (phase) {
      case 'starting':
        return 'Starting.';
      case 'running':
        return `Up ${this.#upText()}. ${state}Ctrl-C drains and stops.`;
      case 'stopping':
        return 'Stopping: first what is acknowledged gets committed. Ctrl-C again forces.';
      case 'stopped':
        return '';
    }
  }

  #upText(): string {
    return durationText(this.#context.clock.monotonicMs() - this.#startedMs);
  }
}

/** Resolves once the API answers, or will not any more. */
export async function frontDoorOpen(supervisor: Supervisor, clock: Clock): Promise<void> {
  const deadlineMs = clock.monotonicMs() + LIMITS.gatewayReadyMs;
  const isSettled = (): boolean =>
    supervisor.frontDoor?.url !== undefined || supervisor.frontDoor?.hasFailed === true;
  while (!isSettled() && clock.monotonicMs() < deadlineMs) await supervisor.changed();
}
