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
    new Date(browser.nowMs() - minutes * MS_PER_MINUTE).toISOString().slice(0, 19);
  const [instruments, setInstruments] = useState(lastInstrument.value ?? '');
  const [from, setFrom] = useState(() => minutesAgo(10));
  const [to, setTo] = useState(() => minutesAgo(0));
  const [speed, setSpeed] = useState(1);
  const start = async (): Promise<void> => {
    await operations.startReplay({
      instruments: instruments.split(/[\s,]+/).filter((name) => name !== ''),
      from: `${from}Z`,
      to: `${to}Z`,
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
      <label>
        From (UTC)
        <input
          type="datetime-local"
          step={1}
          value={from}
          onInput={(event) => setFrom(event.currentTarget.value)}
        />
      </label>
      <label>
        To (UTC)
        <input
          type="datetime-local"
          step={1}
          value={to}
          onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
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
