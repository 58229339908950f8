import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import type { Shard } from '../api/shapes.ts';
import { useServices } from '../shell/services.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { bytesText } from '../text/bytes-text.ts';
import { lagOrDash } from '../text/time-text.ts';
import { toneOfLevel } from './feed-tone.ts';

/** How full each shard's journal is, and how far its sink is behind. */
export function ShardLevels(): JSX.Element {
  const { overview } = useServices();
  return (
    <section class="card" aria-labelledby="shards">
      <h2 id="shards">Sink and journal</h2>
      <table class="shards">
        <thead>
          <tr>
            <th scope="col">Shard</th>
            <th scope="col">Level</th>
            <th scope="col" class="number">
              Epoch
            </th>
            <th scope="col" class="number">
              Sink lag
            </th>
            <th scope="col" class="number">
              Not committed
            </th>
            <th scope="col">Journal</th>
          </tr>
        </thead>
        <tbody>
          {overview.shards.value.map((shard) => (
            <ShardRow key={shard.shard} shard={shard} />
          ))}
          {overview.shards.value.length === 0 && (
            <tr>
              <td colSpan={6} class="empty">
                {overview.isLoaded.value ? 'No shard runs.' : 'Waiting for the first figures.'}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function ShardRow({ shard }: { readonly shard: Shard }): JSX.Element {
  const { durablePosition, committedPosition, journalBytes, journalBytesMax } = shard;
  const open =
    durablePosition === undefined || committedPosition === undefined
      ? undefined
      : Math.max(0, durablePosition - committedPosition);
  return (
    <tr>
      <th scope="row">{shard.shard}</th>
      <td data-label="Level">
        <StateMark tone={toneOfLevel(shard.level)} text={shard.level} />
      </td>
      <td data-label="Epoch" class="number">
        {shard.epoch ?? '–'}
      </td>
      <td data-label="Sink lag" class="number">
        {lagOrDash(shard.lagMs)}
      </td>
      <td data-label="Not committed" class="number">
        {open === undefined ? '–' : countText(open)}
      </td>
      <td data-label="Journal">
        <JournalMeter bytes={journalBytes} bytesMax={journalBytesMax} />
      </td>
    </tr>
  );
}

function JournalMeter({
  bytes,
  bytesMax,
}: {
  readonly bytes: number | undefined;
  readonly bytesMax: number | undefined;
}): JSX.Element {
  if (bytes === undefined) return <span class="faint">–</span>;
  return (
    <span class="meter-cell">
      {bytesMax !== undefined && (
        <meter
          aria-label="Journal in use"
          min={0}
          max={bytesMax}
          high={bytesMax * 0.8}
          value={bytes}
        />
      )}
      <span>
        {bytesText(bytes)}
        {bytesMax !== undefined && <span class="faint"> of {bytesText(bytesMax)}</span>}
      </span>
    </span>
  );
}
