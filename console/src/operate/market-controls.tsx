import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SimulatedFeed } from '../api/shapes.ts';
import { Icon } from '../shell/icon.tsx';
import { useServices } from '../shell/services.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { ActionButton } from './action-button.tsx';
import { usePolled } from './polled.ts';

/** Starts, stops and paces the simulated market. */
export function MarketControls({ mayOperate }: { readonly mayOperate: boolean }): JSX.Element {
  const { operations } = useServices();
  const { value: feeds, problem, refresh } = usePolled(() => operations.simulatedFeeds());
  return (
    <section class="card" aria-labelledby="market">
      <h2 id="market">Simulated market</h2>
      {(feeds ?? []).map((feed) => (
        <MarketRow key={feed.feed} feed={feed} mayOperate={mayOperate} refresh={refresh} />
      ))}
      {feeds?.length === 0 && <p class="empty">No simulated market runs beside this gateway.</p>}
      {problem !== undefined && <p class="refusal">{problem}</p>}
    </section>
  );
}

interface MarketRowProps {
  readonly feed: SimulatedFeed;
  readonly mayOperate: boolean;
  readonly refresh: () => void;
}

function MarketRow({ feed, mayOperate, refresh }: MarketRowProps): JSX.Element {
  const { operations } = useServices();
  const { feed: name, isRunning, rate } = feed;
  const [wanted, setWanted] = useState<string>();
  const newRate = Number(wanted ?? rate);
  return (
    <div class="control-row">
      <strong>{name}</strong>
      <StateMark tone={isRunning ? 'good' : 'quiet'} text={isRunning ? 'running' : 'stopped'} />
      <label>
        Events/s
        <input
          type="number"
          min={1}
          step={1}
          inputMode="numeric"
          disabled={!mayOperate}
          value={wanted ?? String(rate ?? '')}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </label>
      <ActionButton
        isDisabled={!mayOperate || !(newRate >= 1) || newRate === rate}
        act={async () => {
          await operations.paceSimulation(name, newRate);
          setWanted(undefined);
          refresh();
        }}
      >
        Set {newRate >= 1 ? countText(newRate) : ''}
      </ActionButton>
      <ActionButton
        isDisabled={!mayOperate}
        act={async () => {
          await (isRunning ? operations.stopSimulation(name) : operations.startSimulation(name));
          refresh();
        }}
      >
        <Icon name={isRunning ? 'stop' : 'play'} />
        {isRunning ? 'Stop' : 'Start'}
      </ActionButton>
    </div>
  );
}
