import { type ShardLevel, worstLevel } from '@feedmill/core/control/shard-snapshot';
import type { Finding } from '../conditions.ts';
import { isPodReady, type Pod } from '../objects.ts';
import { podTrouble, schedulingTrouble } from '../pod-trouble.ts';
import type { Bindings } from './binding-step.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Migration } from './migration-step.ts';
import type { RolloutStep } from './rollout.ts';
import type { VolumeGrowth } from './volume-step.ts';

/** What the steps of one reconcile came to. */
export interface ClusterOutcome {
  readonly isPaused: boolean;
  /** Why the Postgres Secret cannot be used. */
  readonly secretFault: string | undefined;
  readonly migration: Migration | undefined;
  readonly rollout: RolloutStep | undefined;
  readonly volumes: VolumeGrowth | undefined;
  readonly bindings: Bindings | undefined;
  /** What the reconcile itself failed of. */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
}

type Said = Omit<Finding, 'type'>;

/** Everything that can be said of a StreamCluster, one sentence for each condition. */
export function clusterFindings(view: ClusterView, outcome: ClusterOutcome): Finding[] {
  const ready = readiness(view);
  const progress = progressOf(view, outcome);
  const trouble = degradation(view, outcome);
  const sink = sinkOf(view, outcome);
  return [
    { type: 'Ready', ...ready },
    { type: 'Progressing', ...progress },
    { type: 'Degraded', ...trouble },
    { type: 'SinkReachable', ...sink },
    { type: 'Stable', ...stability(ready, progress, trouble, sink) },
  ];
}

function readiness({ cluster, pods }: ClusterView): Said {
  const { shards } = cluster.spec;
  const missing = Array.from({ length: shards }, (_, shard) => shard).filter((shard) => {
    const pod = pods.get(shard);
    return pod === undefined || !isPodReady(pod);
  });
  if (missing.length === 0) {
    return { status: 'True', reason: 'ShardsReady', message: `All ${shards} shards are ready.` };
  }
  const first = missing[0] ?? 0;
  return {
    status: 'False',
    reason: 'ShardsNotReady',
    message: `${listed('Shard', missing)} not ready. Shard ${first}: ${whyNot(pods.get(first))}`,
  };
}

function whyNot(pod: Pod | undefined): string {
  if (pod === undefined) return 'it has no pod yet.';
  if (pod.metadata.deletionTimestamp !== undefined) return 'its pod is being replaced.';
  return (
    podTrouble(pod) ??
    schedulingTrouble(pod) ??
    'it starts: it waits for Postgres, reads its journal, or takes producers over; see its log.'
  );
}

function progressOf(view: ClusterView, outcome: ClusterOutcome): Said {
  const { isPaused, migration, rollout, bindings, volumes } = outcome;
  if (isPaused) {
    return {
      status: 'False',
      reason: 'Paused',
      message: 'The annotation feedmill.dev/pause leaves everything as it is; remove it to go on.',
    };
  }
  if (migration?.state === 'running' || migration?.state === 'stuck') {
    return under('Migrating', 'The database is brought to the schema of the image.');
  }
  if (rollout !== undefined && rollout.state !== 'Settled' && rollout.state !== 'Failed') {
    return under(rollout.state, rolloutText(rollout));
  }
  const { shards } = view.cluster.spec;
  if (bindings !== undefined && bindings.replicas > shards) {
    return under(
      'ScalingIn',
      `Shard ${bindings.replicas - 1} commits what it has acknowledged, and then goes.`,
    );
  }
  const spread = bindings?.plan.ledger.shardCount ?? shards;
  if (spread > 0 && spread < shards) {
    return under('ScalingOut', `Shard ${spread} takes producers once its worker has answered.`);
  }
  const leaving = Object.keys(bindings?.plan.ledger.leaving ?? {});
  if (leaving.length > 0) {
    return under('Moving', `${listed('Producer', leaving)} moving: the old shard commits first.`);
  }
  if (bindings === undefined && !isPaused && rollout !== undefined) {
    return under(
      'RecoveringBindings',
      'The ConfigMap with the bindings is gone; it is made again once every worker has answered.',
    );
  }
  if (volumes?.state === 'growing') {
    return under('VolumesGrowing', `${listed('Volume', volumes.claims)} growing.`);
  }
  return { status: 'False', reason: 'Settled', message: 'Everything is as it is wanted.' };
}

function rolloutText({ state, shard }: RolloutStep): string {
  switch (state) {
    case 'Installing':
    case 'Starting':
      return `Shard ${shard} is being started.`;
    case 'GoingBack':
      return `Shard ${shard} goes back to what worked before.`;
    default:
      return `Shard ${shard} is being replaced; the next follows when it has caught up.`;
  }
}

function degradation(view: ClusterView, outcome: ClusterOutcome): Said {
  const { failure, rollout, volumes, secretFault, migration } = outcome;
  if (failure !== undefined) return wrong(failure.reason, failure.message);
  if (secretFault !== undefined) return wrong('PostgresSecretUnusable', secretFault);
  if (migration?.state === 'failed') return wrong('MigrationFailed', migrationText(migration.why));
  if (migration?.state === 'stuck') {
    return wrong(
      'MigrationStuck',
      `The image cannot begin to bring the database to its schema: ${migration.why} ` +
        'Workers that run go on as they are. Change spec to something that works.',
    );
  }
  const failed = rollout?.ledger.failed;
  if (failed !== undefined) {
    return wrong(
      'RolloutFailed',
      `What spec asks for does not run, so the workers go back to what did. ${failed.why} ` +
        'Change spec to something that works; the same is not tried again.',
    );
  }
  if (volumes?.state === 'refused') return wrong('VolumeCannotGrow', volumes.why);
  const full = shardsAt(view, 'full');
  if (full.length > 0) {
    return wrong(
      'JournalFull',
      `${listed('Shard', full)} out of room for the journal: producers are told to come again. ` +
        'See why Postgres does not take more, or raise spec.journal.size.',
    );
  }
  for (const [shard, pod] of view.pods) {
    const why = podTrouble(pod);
    if (why !== undefined) return wrong('PodFailing', `Shard ${shard}: ${why}`);
  }
  return { status: 'False', reason: 'AsWanted', message: 'Nothing is wrong.' };
}

function sinkOf(view: ClusterView, { secretFault, migration }: ClusterOutcome): Said {
  if (secretFault !== undefined) {
    return { ...wrong('PostgresSecretUnusable', secretFault), status: 'False' };
  }
  const away = shardsAt(view, 'spilling');
  if (away.length > 0) {
    return {
      ...wrong(
        'PostgresAway',
        `${listed('Shard', away)} cut off from Postgres. Events are kept in the journals and ` +
          'committed when it is back; see that it runs, and can be reached from the workers.',
      ),
      status: 'False',
    };
  }
  if (migration?.state === 'failed') {
    return { ...wrong('MigrationFailed', migrationText(migration.why)), status: 'False' };
  }
  if (view.snapshots.size === 0) {
    return { status: 'Unknown', reason: 'NobodyAsked', message: 'No worker has answered yet.' };
  }
  return { status: 'True', reason: 'Committing', message: 'The workers commit to Postgres.' };
}

const migrationText = (why: string): string =>
  `The database could not be brought to the schema of the image: ${why} It is tried again by ` +
  'itself, at once when the Secret changes; workers that run go on as they are.';

/** The roll-up for automation: the first reason not to be at ease. */
function stability(ready: Said, progress: Said, trouble: Said, sink: Said): Said {
  const disturbance =
    trouble.status === 'True'
      ? trouble
      : sink.status === 'False'
        ? sink
        : progress.status === 'True' || progress.reason === 'Paused'
          ? progress
          : ready.status !== 'True'
            ? ready
            : undefined;
  if (disturbance === undefined) {
    return { status: 'True', reason: 'Stable', message: 'Ready, as wanted, and committing.' };
  }
  const { reason, message } = disturbance;
  return { status: 'False', reason, message };
}

export const worstOf = (view: ClusterView): ShardLevel | undefined =>
  worstLevel([...view.snapshots.values()].map(({ level }) => level));

const shardsAt = ({ snapshots }: ClusterView, level: ShardLevel): number[] =>
  [...snapshots.values()].filter((each) => each.level === level).map(({ shard }) => shard);

const under = (reason: string, message: string): Said => ({ status: 'True', reason, message });

const wrong = (reason: string, message: string): Said => ({
  status: 'True',
  reason,
  message,
  isTrouble: true,
});

/** `Shard 3 is`, `Shards 1, 2 are`. */
function listed(what: string, which: readonly (string | number)[]): string {
  return which.length === 1 ? `${what} ${which[0]} is` : `${what}s ${which.join(', ')} are`;
}
