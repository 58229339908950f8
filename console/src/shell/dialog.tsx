import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** A modal dialog: keeps the focus, closes on Escape and on a click beside it. */
export function Dialog({
  label,
  className,
  close,
  children,
}: {
  readonly label: string;
  readonly className: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  // Before the next frame: what is typed behind the key that opens it belongs to it.
  useLayoutEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      class={className}
      aria-label={label}
      onClose={close}
      onClick={(event) => {
        if (event.target === element.current) element.current?.close();
      }}
    >
      {children}
    </dialog>
  );
}
