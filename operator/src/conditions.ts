import type { EpochNanos } from '@feedmill/core/brand';
import type { Condition } from './api/conditions.ts';
import type { Happening } from './kube/event-recorder.ts';
import { secondTime } from './kube/micro-time.ts';

/** What is said of an object, before it is known since when. */
export interface Finding {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Whether people have to do something. */
  readonly isTrouble?: boolean;
}

export interface JudgedConditions {
  readonly conditions: readonly Condition[];
  /** One for each condition that has changed. */
  readonly happenings: readonly Happening[];
}

/**
 * The conditions that follow from findings. The time of a transition stays while the status does;
 * an event is told when status or reason has changed.
 */
export function judge(
  findings: readonly Finding[],
  before: readonly Condition[] | undefined,
  generation: number,
  now: EpochNanos,
): JudgedConditions {
  const known = new Map(before?.map((each) => [each.type, each]));
  const happenings: Happening[] = [];
  const conditions = findings.map(({ type, status, reason, message, isTrouble }) => {
    const old = known.get(type);
    const isSame = old?.status === status;
    // What is unknown at the beginning is no news.
    const isNews = !(isSame && old.reason === reason) && !(old === undefined && !isTrouble);
    if (isNews) {
      happenings.push({
        type: isTrouble === true ? 'Warning' : 'Normal',
        reason,
        action: type,
        note: message,
      });
    }
    return {
      type,
      status,
      observedGeneration: generation,
      lastTransitionTime: isSame ? old.lastTransitionTime : secondTime(now),
      reason,
      message,
    };
  });
  return { conditions, happenings };
}
