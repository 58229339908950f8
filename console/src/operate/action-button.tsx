import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';

/** A button that asks the gateway for something, waits for it, and says what went wrong. */
export function ActionButton({
  act,
  className,
  isDisabled = false,
  children,
}: {
  readonly act: () => Promise<void>;
  readonly className?: string;
  readonly isDisabled?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const onClick = (): void => {
    setIsBusy(true);
    setProblem(undefined);
    act()
      .catch((thrown: unknown) => setProblem(ApiProblem.from(thrown).message))
      .finally(() => setIsBusy(false));
  };
  return (
    <>
      <button
        type="button"
        class={className}
        disabled={isDisabled || isBusy}
        aria-busy={isBusy}
        onClick={onClick}
      >
        {children}
      </button>
      {problem !== undefined && (
        <span role="alert" class="refusal">
          {problem}
        </span>
      )}
    </>
  );
}
