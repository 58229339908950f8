import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';
import type { Instrument } from '../api/shapes.ts';
import { Dialog } from './dialog.tsx';
import { useServices } from './services.ts';

const RESULTS_MAX = 12;
/** Between two letters typed quickly nothing is asked. */
const TYPING_PAUSE_MS = 120;

/** Finds an instrument: typing narrows, arrows choose, Enter opens. */
export function SearchDialog(): JSX.Element {
  const { openDialog, go } = useServices();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [isEntered, setEntered] = useState(false);
  const { found, problem, of } = useSearch(text);
  const close = (): void => {
    openDialog.value = 'none';
  };
  const open = (instrument: Instrument | undefined): void => {
    if (instrument === undefined) return;
    close();
    go({ page: 'instrument', instrument: instrument.name, step: undefined });
  };
  const onKey = (event: KeyboardEvent): void => {
    const last = Math.max(found.length - 1, 0);
    if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, last));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter') setEntered(true);
    else return;
    event.preventDefault();
  };
  // What is shown may yet belong to the letters before: Enter opens what was typed.
  useEffect(() => {
    if (!isEntered || of !== text) return;
    setEntered(false);
    open(found[chosen]);
  });
  return (
    <Dialog label="Search an instrument" className="search" close={close}>
      <input
        type="text"
        role="combobox"
        aria-label="Instrument"
        aria-expanded={found.length > 0}
        aria-controls="search-results"
        aria-activedescendant={found.length > 0 ? `result-${chosen}` : undefined}
        placeholder="Symbol or name, for example AAPL"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
          setEntered(false);
        }}
        onKeyDown={onKey}
      />
      <ul id="search-results" role="listbox" aria-label="Instruments">
        {found.map((instrument, at) => (
          <li
            key={instrument.name}
            id={`result-${at}`}
            role="option"
            aria-selected={at === chosen}
            onClick={() => open(instrument)}
          >
            <strong>{instrument.symbol}</strong>
            <span>{instrument.venue}</span>
            <small>{instrument.kind ?? ''}</small>
          </li>
        ))}
      </ul>
      <p class="search-note">{problem ?? noteOf(text, found)}</p>
    </Dialog>
  );
}

const noteOf = (text: string, found: readonly Instrument[]): string =>
  found.length > 0 || text === '' ? '↑ ↓ choose, Enter opens' : `Nothing is named like “${text}”.`;

function useSearch(text: string): {
  readonly found: readonly Instrument[];
  readonly problem: string | undefined;
  /** The text that this answers, which runs ahead while someone types. */
  readonly of: string | undefined;
} {
  const { client, browser } = useServices();
  const [result, setResult] = useState<ReturnType<typeof useSearch>>({
    found: [],
    problem: undefined,
    of: undefined,
  });
  useEffect(() => {
    let isCurrent = true;
    const ask = async (): Promise<void> => {
      const answer = await client.searchInstruments(text, RESULTS_MAX).then(
        (found) => ({ found, problem: undefined, of: text }),
        (thrown: unknown) => ({
          found: [],
          problem: ApiProblem.from(thrown).message,
          of: text,
        }),
      );
      if (isCurrent) setResult(answer);
    };
    const timer = browser.clock.schedule(text === '' ? 0 : TYPING_PAUSE_MS, () => void ask());
    return () => {
      isCurrent = false;
      browser.clock.cancel(timer);
    };
  }, [text, client, browser]);
  return result;
}
