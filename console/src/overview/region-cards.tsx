import { countText } from '@feedmill/core/number-text';
import type { JSX } from 'preact';
import type { Region } from '../api/shapes.ts';
import { useServices } from '../shell/services.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { lagOrDash } from '../text/time-text.ts';

/** Each region: who is primary, under which epoch, and whether the other is in sync. */
export function RegionCards(): JSX.Element {
  const { overview } = useServices();
  const regions = overview.regions.value;
  return (
    <section class="card" aria-labelledby="regions">
      <h2 id="regions">Regions</h2>
      <div class="regions">
        {regions.map((region) => (
          <RegionCard key={region.name} region={region} />
        ))}
      </div>
      {overview.isLoaded.value && regions.length < 2 && (
        <p class="hint">
          One region runs. If it is lost, its journals and its Postgres are what is left. With a
          second one, every acknowledged event is in both.
        </p>
      )}
    </section>
  );
}

function RegionCard({ region }: { readonly region: Region }): JSX.Element {
  const { name, role, epoch, inSync, lagMs, isReachable } = region;
  return (
    <div class="region">
      <h3>{name}</h3>
      <span class={role === 'primary' ? 'role role-primary' : 'role'}>{role}</span>
      <dl class="facts">
        <div>
          <dt>Epoch</dt>
          <dd>{epoch === undefined ? '–' : countText(epoch)}</dd>
        </div>
        <div>
          <dt>Behind</dt>
          <dd>{lagOrDash(lagMs)}</dd>
        </div>
        <div>
          <dt>Sync</dt>
          <dd>
            <SyncMark region={{ inSync, isReachable }} />
          </dd>
        </div>
      </dl>
    </div>
  );
}

function SyncMark({
  region,
}: {
  readonly region: Pick<Region, 'inSync' | 'isReachable'>;
}): JSX.Element {
  if (!region.isReachable) return <StateMark tone="bad" text="unreachable" />;
  if (region.inSync === undefined) return <StateMark tone="quiet" text="alone" />;
  return region.inSync ? (
    <StateMark tone="good" text="in sync" />
  ) : (
    <StateMark tone="warn" text="not in sync" />
  );
}
