import { lagText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Region, Switchover, SwitchoverStep } from '../api/shapes.ts';
import { Dialog } from '../shell/dialog.tsx';
import { useServices } from '../shell/services.ts';
import { StateMark, type Tone } from '../shell/state-mark.tsx';
import { ActionButton } from './action-button.tsx';
import { usePolled } from './polled.ts';

/** Moves all shards to the other region as planned, once confirmed, and shows how far it is. */
export function SwitchoverPanel({ mayOperate }: { readonly mayOperate: boolean }): JSX.Element {
  const { operations, overview } = useServices();
  const { value: switchovers, refresh } = usePolled(() => operations.switchovers());
  const [isAsking, setIsAsking] = useState(false);
  const regions = overview.regions.value;
  const from = regions.find(({ role }) => role === 'primary');
  const to = regions.find(({ role }) => role === 'follower');
  const isRunning = switchovers?.some(({ state }) => state === 'running') === true;
  return (
    <section class="card" aria-labelledby="switchover">
      <h2 id="switchover">Planned switchover</h2>
      {from === undefined || to === undefined ? (
        <p class="empty">
          One region runs, so there is none to switch to. With a second region, all its shards move
          there without a loss.
        </p>
      ) : (
        <div class="control-row">
          <span>
            <strong>{from.name}</strong> is primary, <strong>{to.name}</strong> follows{' '}
            {to.inSync === true ? 'in sync' : 'and is not in sync'}.
          </span>
          <button
            type="button"
            disabled={!mayOperate || isRunning || to.inSync !== true}
            onClick={() => setIsAsking(true)}
          >
            Switch over to {to.name}…
          </button>
          {isAsking && (
            <Confirmation
              from={from}
              to={to}
              close={() => setIsAsking(false)}
              confirm={async () => {
                await operations.startSwitchover(from.name, to.name);
                setIsAsking(false);
                refresh();
              }}
            />
          )}
        </div>
      )}
      {(switchovers ?? []).map((switchover) => (
        <Progress key={switchover.id} switchover={switchover} />
      ))}
    </section>
  );
}

function Confirmation({
  from,
  to,
  close,
  confirm,
}: {
  readonly from: Region;
  readonly to: Region;
  readonly close: () => void;
  readonly confirm: () => Promise<void>;
}): JSX.Element {
  const [typed, setTyped] = useState('');
  return (
    <Dialog label="Confirm the switchover" className="confirm" close={close}>
      <h2>
        Make {to.name} primary in place of {from.name}?
      </h2>
      <p>
        Every shard drains, hands over its epoch and goes on in {to.name}. Producers wait meanwhile;
        nothing is lost. Type <strong>{to.name}</strong> to confirm.
      </p>
      <input
        type="text"
        aria-label={`Type ${to.name} to confirm`}
        autocomplete="off"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <span class="buttons">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <ActionButton className="primary" isDisabled={typed !== to.name} act={confirm}>
          Switch over
        </ActionButton>
      </span>
    </Dialog>
  );
}

const TONES: Readonly<Record<SwitchoverStep['state'], Tone>> = {
  pending: 'quiet',
  running: 'busy',
  done: 'good',
  failed: 'bad',
};

function Progress({ switchover }: { readonly switchover: Switchover }): JSX.Element {
  const { from, to, state, steps, message, pauseMs } = switchover;
  return (
    <div class="switchover">
      <p>
        {from} to {to} <StateMark tone={TONES[state]} text={state} />
        {pauseMs !== undefined && <span> acknowledgements paused for {lagText(pauseMs)}</span>}
      </p>
      <ol>
        {steps.map((step) => (
          <li key={step.name}>
            <StateMark tone={TONES[step.state]} text={step.name} />
            {step.tookMs !== undefined && <span class="faint"> {lagText(step.tookMs)}</span>}
          </li>
        ))}
      </ol>
      {message !== undefined && <p class={state === 'failed' ? 'refusal' : 'faint'}>{message}</p>}
    </div>
  );
}
