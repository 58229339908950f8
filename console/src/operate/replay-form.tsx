import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useServices } from '../shell/services.ts';
import { ActionButton } from './action-button.tsx';
import { SPEEDS, speedText } from './replay-text.ts';

const MS_PER_MINUTE = 60_000;

/** What to replay: instruments, a range of time, and how fast. */
export function ReplayForm({
  mayOperate,
  refresh,
}: {
  readonly mayOperate: boolean;
  readonly refresh: () => void;
}): JSX.Element {
  const { browser, lastInstrument, operations } = useServices();
  const minutesAgo = (minutes: number): string =>
    new Date(browser.nowMs() - minutes * MS_PER_MINUTE)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
  const [instruments, setInstruments] = useState(lastInstrument.value ?? '');
  const [from, setFrom] = useState(() => minutesAgo(10));
  const [to, setTo] = useState(() => minutesAgo(0));
  const [speed, setSpeed] = useState(1);
  const start = async (): Promise<void> => {
    await operations.startReplay({
      instruments: instruments.split(/[\s,]+/).filter((name) => name !== ''),
      from: isoOf(from),
      to: isoOf(to),
      speed: speed === 0 ? undefined : speed,
    });
    refresh();
  };
  return (
    <form class="control-row" onSubmit={(event) => event.preventDefault()}>
      <label class="wide">
        Instruments
        <input
          type="text"
          placeholder="AAPL.XNAS, MSFT.XNAS"
          value={instruments}
          onInput={(event) => setInstruments(event.currentTarget.value)}
        />
      </label>
      <TimeInput name="From (UTC)" value={from} onValue={setFrom} />
      <TimeInput name="To (UTC)" value={to} onValue={setTo} />
      <label>
        Speed
        <select
          value={String(speed)}
          onChange={(event) => setSpeed(Number(event.currentTarget.value))}
        >
          {SPEEDS.map((each) => (
            <option key={each} value={String(each)}>
              {speedText(each)}
            </option>
          ))}
        </select>
      </label>
      <ActionButton className="primary" isDisabled={!mayOperate} act={start}>
        Start replay
      </ActionButton>
    </form>
  );
}

/** As the API wants it. What is no time is passed on: the gateway says what is wrong with it. */
const isoOf = (text: string): string => `${text.trim().replace(' ', 'T')}Z`;

/** A field of the browser's own shows times as its language has them, this one as the page has. */
function TimeInput({
  name,
  value,
  onValue,
}: {
  readonly name: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}): JSX.Element {
  return (
    <label>
      {name}
      <input
        type="text"
        class="time"
        placeholder="2025-01-06 14:30:00"
        spellcheck={false}
        autocomplete="off"
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </label>
  );
}
