import type { JSX } from 'preact';
import { Dialog } from './dialog.tsx';
import { useServices } from './services.ts';
import { SHORTCUTS } from './shortcuts.ts';

export function ShortcutsDialog(): JSX.Element {
  const { openDialog } = useServices();
  return (
    <Dialog
      label="Keyboard shortcuts"
      className="shortcuts"
      close={() => {
        openDialog.value = 'none';
      }}
    >
      <header>
        <h2>Keyboard shortcuts</h2>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </header>
      <dl>
        {SHORTCUTS.map(({ keys, text }) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key === 'Escape' ? 'Esc' : key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
