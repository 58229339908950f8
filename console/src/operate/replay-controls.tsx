import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import type { Replay, ReplayState } from '../api/shapes.ts';
import { Icon } from '../shell/icon.tsx';
import { useServices } from '../shell/services.ts';
import { StateMark, type Tone } from '../shell/state-mark.tsx';
import { momentText } from '../text/time-text.ts';
import { ActionButton } from './action-button.tsx';
import { usePolled } from './polled.ts';
import { ReplayForm } from './replay-form.tsx';
import { progressOf, SPEEDS, speedText } from './replay-text.ts';

const TONES: Readonly<Record<ReplayState, Tone>> = {
  running: 'good',
  paused: 'busy',
  done: 'quiet',
  stopped: 'quiet',
  failed: 'bad',
  unknown: 'quiet',
};

/** Replays of history through the live stream. */
export function ReplayControls({ mayOperate }: { readonly mayOperate: boolean }): JSX.Element {
  const { operations } = useServices();
  const { value: replays, problem, refresh } = usePolled(() => operations.replays());
  return (
    <section class="card wide-card" aria-labelledby="replays">
      <h2 id="replays">Replays</h2>
      <ReplayForm mayOperate={mayOperate} refresh={refresh} />
      {(replays ?? []).map((replay) => (
        <ReplayRow key={replay.id} replay={replay} mayOperate={mayOperate} refresh={refresh} />
      ))}
      {replays?.length === 0 && <p class="empty">No replay runs.</p>}
      {problem !== undefined && <p class="refusal">{problem}</p>}
    </section>
  );
}

interface ReplayRowProps {
  readonly replay: Replay;
  readonly mayOperate: boolean;
  readonly refresh: () => void;
}

function ReplayRow({ replay, mayOperate, refresh }: ReplayRowProps): JSX.Element {
  const { id, state, instruments, fromNanos, toNanos, positionNanos, events } = replay;
  const time = (nanos: bigint | undefined): string =>
    nanos === undefined ? '–' : momentText(nanos);
  return (
    <div class="control-row">
      <strong>{instruments.join(', ') || 'every instrument'}</strong>
      <StateMark tone={TONES[state]} text={state} />
      <span class="faint">
        {time(fromNanos)} to {time(toNanos)}
      </span>
      <progress max={1} value={progressOf(replay)} aria-label={`Progress of ${id}`} />
      <span>
        at {time(positionNanos)}, {countText(events ?? 0)} events
      </span>
      {(state === 'running' || state === 'paused') && (
        <ReplayButtons replay={replay} mayOperate={mayOperate} refresh={refresh} />
      )}
    </div>
  );
}

function ReplayButtons({ replay, mayOperate, refresh }: ReplayRowProps): JSX.Element {
  const { operations } = useServices();
  const { id, state, speed } = replay;
  const isPaused = state === 'paused';
  const then = async (done: Promise<void>): Promise<void> => {
    await done;
    refresh();
  };
  return (
    <span class="buttons">
      <select
        aria-label="Speed"
        disabled={!mayOperate}
        value={String(speed ?? 0)}
        onChange={(event) => {
          void then(operations.setReplay(id, { speed: Number(event.currentTarget.value) }));
        }}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={String(each)}>
            {speedText(each)}
          </option>
        ))}
      </select>
      <ActionButton
        isDisabled={!mayOperate}
        act={() => then(operations.setReplay(id, { paused: !isPaused }))}
      >
        <Icon name={isPaused ? 'play' : 'pause'} />
        {isPaused ? 'Go on' : 'Pause'}
      </ActionButton>
      <ActionButton isDisabled={!mayOperate} act={() => then(operations.stopReplay(id))}>
        <Icon name="stop" />
        Stop
      </ActionButton>
    </span>
  );
}
