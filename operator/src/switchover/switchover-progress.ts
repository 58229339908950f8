import type { EpochNanos } from '@feedmill/core/brand';
import type { RegionSwitchoverStatus, SwitchoverStep } from '../api/region-switchover.ts';
import type { Finding } from '../conditions.ts';
import { nanosOf, secondTime } from '../kube/micro-time.ts';

const NANOS_PER_MS = 1_000_000n;

export type Phase = RegionSwitchoverStatus['phase'];

/** How far a switchover is, and what there is to be said about it. */
export interface Progress {
  readonly phase: Phase;
  readonly steps: readonly SwitchoverStep[];
  /** One word for programs, and a sentence for people. */
  readonly reason: string;
  readonly message: string;
}

/** A step is written down, with its deadline, before anything of it is done. */
export function begunStep(
  name: SwitchoverStep['name'],
  now: EpochNanos,
  withinMs: number,
): SwitchoverStep {
  const deadline = (now + BigInt(withinMs) * NANOS_PER_MS) as EpochNanos;
  return { name, startedAt: secondTime(now), deadline: secondTime(deadline) };
}

export const doneStep = (
  step: SwitchoverStep,
  now: EpochNanos,
  message: string,
): SwitchoverStep => ({ ...step, finishedAt: secondTime(now), message });

export const isOverdue = ({ deadline }: SwitchoverStep, now: EpochNanos): boolean =>
  now > (nanosOf(deadline) ?? 0n);

export const hasEnded = (phase: string | undefined): boolean =>
  phase === 'Complete' || phase === 'Failed';

export function findingsOf({ phase, reason, message }: Progress): Finding[] {
  const isComplete = phase === 'Complete';
  const isFailed = phase === 'Failed';
  return [
    { type: 'Complete', status: isComplete ? 'True' : 'False', reason, message },
    {
      type: 'Failed',
      status: isFailed ? 'True' : 'False',
      reason: isFailed ? reason : 'NotFailed',
      message: isFailed ? message : 'Nothing has failed.',
      isTrouble: isFailed,
    },
  ];
}
