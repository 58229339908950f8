import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import type { Feed } from '../api/shapes.ts';
import { momentText } from '../text/time-text.ts';

/** What a row has no room for. */
export function FeedDetails({ feed }: { readonly feed: Feed }): JSX.Element {
  const { durableThrough, committedThrough, gaps, deadLetters, lastGap, source } = feed;
  const count = (value: number | undefined): string =>
    value === undefined ? '–' : countText(value);
  const rows: readonly (readonly [string, string])[] = [
    ['Source', source ?? '–'],
    ['Durable through', count(durableThrough)],
    ['Committed through', count(committedThrough)],
    ['Gaps', count(gaps)],
    ['Dead letters', count(deadLetters)],
    ...(lastGap === undefined
      ? []
      : ([
          ['Last gap', `${lastGap.firstMissing} to ${lastGap.lastMissing}`],
          ['Its instrument', lastGap.instrument ?? 'the whole feed'],
          ['Its cause', lastGap.cause],
          ['Repaired by', lastGap.repairedBy ?? 'nothing yet'],
          ['Found', momentText(lastGap.detectedNanos)],
        ] as const)),
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
