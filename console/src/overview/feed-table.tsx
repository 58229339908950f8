import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Feed } from '../api/shapes.ts';
import { Icon } from '../shell/icon.tsx';
import { useServices } from '../shell/services.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { agoText, lagOrDash, msOfNanos } from '../text/time-text.ts';
import { FeedDetails } from './feed-details.tsx';
import { toneOfFeed } from './feed-tone.ts';
import { Sparkline } from './sparkline.tsx';

const COLUMNS = 9;

/** Each feed as a row; a row opens to tell more. */
export function FeedTable(): JSX.Element {
  const { overview } = useServices();
  const [opened, setOpened] = useState<string>();
  const feeds = overview.feeds.value;
  return (
    <section class="card" aria-labelledby="feeds">
      <h2 id="feeds">Feeds</h2>
      <table class="feeds">
        <thead>
          <tr>
            <th scope="col">Feed</th>
            <th scope="col">State</th>
            <th scope="col">Venue</th>
            <th scope="col">Shard</th>
            <th scope="col">Region</th>
            <th scope="col" class="number">
              Events/s
            </th>
            <th scope="col">Last minute</th>
            <th scope="col" class="number">
              Lag
            </th>
            <th scope="col">Last gap</th>
          </tr>
        </thead>
        <tbody>
          {feeds.map((feed) => (
            <FeedRows
              key={feed.name}
              feed={feed}
              isOpen={opened === feed.name}
              toggle={() => setOpened(opened === feed.name ? undefined : feed.name)}
            />
          ))}
          {feeds.length === 0 && (
            <tr>
              <td colSpan={COLUMNS} class="empty">
                {overview.isLoaded.value
                  ? 'No feed is declared.'
                  : 'Waiting for the first figures.'}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  readonly feed: Feed;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function FeedRows({ feed, isOpen, toggle }: RowProps): JSX.Element {
  const { overview } = useServices();
  const { name, state, shard, pod, eventsPerSecond, lagMs } = feed;
  return (
    <>
      <tr data-row class={isOpen ? 'open' : undefined}>
        <th scope="row">
          <button type="button" class="row-button" aria-expanded={isOpen} onClick={toggle}>
            <Icon name="chevron" />
            {name}
          </button>
        </th>
        <td data-label="State">
          <StateMark tone={toneOfFeed(state)} text={state} />
        </td>
        <td data-label="Venue">
          <Venues venues={feed.venues} />
        </td>
        <td data-label="Shard">
          {shard ?? '–'}
          {pod !== undefined && <span class="faint"> {pod}</span>}
        </td>
        <td data-label="Region">
          {feed.region ?? 'local'} <span class="faint">{feed.role ?? ''}</span>
        </td>
        <td data-label="Events/s" class="number">
          {eventsPerSecond === undefined ? '–' : countText(eventsPerSecond)}
        </td>
        <td class="line-cell">
          <Sparkline values={overview.ratesOf(name)} />
        </td>
        <td data-label="Lag" class="number">
          {lagOrDash(lagMs)}
        </td>
        <td data-label="Last gap">
          <LastGap feed={feed} />
        </td>
      </tr>
      {isOpen && (
        <tr class="details">
          <td colSpan={COLUMNS}>
            <FeedDetails feed={feed} />
          </td>
        </tr>
      )}
    </>
  );
}

const VENUES_SHOWN = 4;

function Venues({ venues }: { readonly venues: readonly string[] }): JSX.Element {
  if (venues.length === 0) return <span class="faint">–</span>;
  const more = venues.length - VENUES_SHOWN;
  return (
    <span class="tags" title={venues.join(', ')}>
      {venues.slice(0, VENUES_SHOWN).map((venue) => (
        <span key={venue} class="tag">
          {venue}
        </span>
      ))}
      {more > 0 && <span class="faint">+{more}</span>}
    </span>
  );
}

function LastGap({ feed: { lastGap } }: { readonly feed: Feed }): JSX.Element {
  const { nowMs } = useServices();
  if (lastGap === undefined) return <span class="faint">none</span>;
  return (
    <span>
      {agoText(msOfNanos(lastGap.detectedNanos), nowMs.value)}{' '}
      <span class="faint">
        {countText(lastGap.missingCount)} {lastGap.instrument ?? ''}
      </span>
    </span>
  );
}
