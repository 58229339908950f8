import type { JSX } from 'preact';
import { useOverviewFeed } from '../overview/use-overview-feed.ts';
import { useServices } from '../shell/services.ts';
import { DrillResults } from './drill-results.tsx';
import { MarketControls } from './market-controls.tsx';
import { ReplayControls } from './replay-controls.tsx';
import { SwitchoverPanel } from './switchover-panel.tsx';

// The scopes that a key needs to change something here.
const OPERATE_SCOPE = 'operate';
const REPLAY_SCOPE = 'replay';

/** What can be started, stopped and moved; everything behind a scope. */
export function OperatePage(): JSX.Element {
  const { access } = useServices();
  useOverviewFeed();
  const mayOperate = access.value?.scopes.has(OPERATE_SCOPE) === true;
  const mayReplay = access.value?.scopes.has(REPLAY_SCOPE) === true;
  return (
    <div class="operate">
      <h1 class="visually-hidden">Operate</h1>
      {access.value !== undefined && !mayOperate && <MayOnlyRead />}
      <MarketControls mayOperate={mayOperate} />
      <SwitchoverPanel mayOperate={mayOperate} />
      <ReplayControls mayOperate={mayReplay} />
      <DrillResults />
    </div>
  );
}

function MayOnlyRead(): JSX.Element {
  const { access } = useServices();
  return (
    <p class="note scope-note">
      The key “{access.value?.name}” may look but not change anything here: it lacks the scope{' '}
      <code>{OPERATE_SCOPE}</code>.
    </p>
  );
}
