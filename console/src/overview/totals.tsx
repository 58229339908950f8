import { countText, lagText, shortCountText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import { useServices } from '../shell/services.ts';
import { toneOfFeed } from './feed-tone.ts';
import { Sparkline } from './sparkline.tsx';

/** The whole in five figures. */
export function Totals(): JSX.Element {
  const { overview } = useServices();
  const { eventsPerSecond, committed, gaps, deadLetters, lagMs } = overview.total.value;
  const feeds = overview.feeds.value;
  const well = feeds.filter(({ state }) => ['good', 'quiet'].includes(toneOfFeed(state))).length;
  const isKnown = overview.isLoaded.value;
  const known = (text: string): string => (isKnown ? text : '–');
  return (
    <dl class="totals">
      <Figure
        name="Feeds well"
        value={known(`${well}`)}
        unit={isKnown ? `of ${feeds.length}` : ''}
        isBad={isKnown && well < feeds.length}
      />
      <Figure name="Events" value={known(countText(eventsPerSecond))} unit="/s">
        <Sparkline values={overview.totalRates.value} className="wide" />
      </Figure>
      <Figure name="Longest lag" {...splitUnit(known(lagText(lagMs)))} />
      <Figure name="Committed" value={known(shortCountText(committed))} unit="events" />
      <Figure name="Gaps" value={known(countText(gaps))} unit="" />
      <Figure name="Dead letters" value={known(countText(deadLetters))} unit="" />
    </dl>
  );
}

function splitUnit(text: string): { readonly value: string; readonly unit: string } {
  const [value = '', unit = ''] = text.split(' ');
  return { value, unit };
}

function Figure({
  name,
  value,
  unit,
  isBad,
  children,
}: {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly isBad?: boolean;
  readonly children?: JSX.Element;
}): JSX.Element {
  return (
    <div class={isBad === true ? 'figure figure-bad' : 'figure'}>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        {unit !== '' && <small>{unit}</small>}
        {children}
      </dd>
    </div>
  );
}
