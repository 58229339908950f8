import { type Clock, sleep } from '@feedmill/core/clock';
import { LIMITS } from '../limits.ts';
import type { LocalState } from '../local-state.ts';
import { isRunning, type ProcessIdentity } from '../process-identity.ts';

/** Workers of an earlier supervisor of the folder that still run, since it was killed. */
export function leftoverWorkers(state: LocalState | undefined): ProcessIdentity[] {
  return runningOf(state?.workers ?? []);
}

/**
 * Ends the connectors, the gateway and the witness that a killed supervisor has left. Connectors
 * wait for a worker that is gone; what they still hold is read again by the next start.
 */
export function killLeftoverClients(state: LocalState | undefined): void {
  const clients = [...(state?.sources ?? []), state?.gateway ?? {}, state?.witness ?? {}];
  for (const { pid } of runningOf(clients)) signalIfThere(pid, 'SIGKILL');
}

const runningOf = (children: readonly { readonly process?: ProcessIdentity }[]) =>
  children
    .map(({ process }) => process)
    .filter((identity) => identity !== undefined)
    .filter(isRunning);

/**
 * Waits until workers have ended: they drain by themselves once their supervisor is gone. Two
 * workers on one volume must never be.
 */
export async function awaitLeftovers(
  leftovers: readonly ProcessIdentity[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startMs = clock.monotonicMs();
  const deadlineMs = startMs + LIMITS.leftoverWaitMs;
  let isTold = false;
  for (;;) {
    const running = leftovers.filter(isRunning);
    if (running.length === 0) return;
    // One that was just starting may have missed that its supervisor has gone.
    if (!isTold && clock.monotonicMs() > startMs + LIMITS.leftoverTellMs) {
      for (const { pid } of running) signalIfThere(pid, 'SIGTERM');
      isTold = true;
    }
    // Whatever hangs for so long has its acknowledged events in its journal.
    if (clock.monotonicMs() > deadlineMs)
      for (const { pid } of running) signalIfThere(pid, 'SIGKILL');
    await sleep(clock, LIMITS.leftoverPollMs, signal);
    signal.throwIfAborted();
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in this moment.
  }
}
