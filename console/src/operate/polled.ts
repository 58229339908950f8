import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';
import { useServices } from '../shell/services.ts';

const POLL_MS = 1_000;
const ABSENT_POLL_MS = 60_000;
const STATUS_NOT_FOUND = 404;

/** What was last answered, and why there is nothing newer. */
export interface Polled<T> {
  readonly value: T | undefined;
  readonly problem: string | undefined;
  /** The running product does not have this. */
  readonly isAbsent: boolean;
  /** Asks again now, after something was changed. */
  readonly refresh: () => void;
}

/** Asks once a second while the page is shown; the answer before stays until there is another. */
export function usePolled<T>(ask: () => Promise<T>): Polled<T> {
  const { browser } = useServices();
  const [answer, setAnswer] = useState<Omit<Polled<T>, 'refresh'>>({
    value: undefined,
    problem: undefined,
    isAbsent: false,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    // What is not there will hardly come while the page is shown.
    const delayMs = answer.isAbsent ? ABSENT_POLL_MS : POLL_MS;
    const next = browser.clock.schedule(delayMs, () => setRound(round + 1));
    ask().then(
      (value) => {
        if (isCurrent) setAnswer({ value, problem: undefined, isAbsent: false });
      },
      (thrown: unknown) => {
        const { message, status } = ApiProblem.from(thrown);
        const isAbsent = status === STATUS_NOT_FOUND;
        if (isCurrent) setAnswer(({ value }) => ({ value, problem: message, isAbsent }));
      },
    );
    return () => {
      isCurrent = false;
      browser.clock.cancel(next);
    };
    // A new round asks again; the question itself stays the same.
  }, [round, browser]);
  return { ...answer, refresh: () => setRound(round + 1) };
}
