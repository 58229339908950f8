import type { ProducerSnapshot } from '@feedmill/core/control/shard-snapshot';
import type { Finding } from '../conditions.ts';
import { isPodReady, type Pod, type Producer, type StreamCluster } from '../objects.ts';
import { lastWords, podTrouble, schedulingTrouble } from '../pod-trouble.ts';

/** What is known of a producer at the beginning of its reconcile. */
export interface ProducerView {
  readonly producer: Producer;
  readonly name: string;
  readonly namespace: string;
  readonly cluster: StreamCluster | undefined;
  /** Where it is bound; undefined: nowhere. */
  readonly shard: number | undefined;
  /** Its old shard has not released it yet. */
  readonly isMoving: boolean;
  /** Why no shard takes it. */
  readonly unbound: string | undefined;
  /** Why nobody can show its token. */
  readonly tokenFault: string | undefined;
  readonly workerPod: Pod | undefined;
  /** What its worker says; undefined while that does not answer. */
  readonly snapshot: ProducerSnapshot | undefined;
  readonly connectorPods: readonly Pod[];
  readonly bindingGeneration: number;
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
}

type Said = Omit<Finding, 'type'>;

export interface ProducerVerdict {
  readonly findings: readonly Finding[];
  /** What it is doing, in a word. */
  readonly state: string;
}

/** Everything that can be said of a Producer. */
export function judgeProducer(view: ProducerView): ProducerVerdict {
  const bound = boundness(view);
  const connected = connectedness(view);
  const ready = readiness(view, bound);
  return {
    findings: [
      { type: 'Ready', ...ready },
      { type: 'Bound', ...bound },
      { type: 'Connected', ...connected },
    ],
    state: stateOf(view, ready),
  };
}

function boundness(view: ProducerView): Said {
  const { producer, cluster, shard, isMoving, unbound, bindingGeneration } = view;
  const { name } = producer.spec.clusterRef;
  if (cluster === undefined) {
    return wrong(
      'ClusterMissing',
      `StreamCluster ${name}, which spec.clusterRef names, is not there. Make it, or delete this ` +
        'Producer; it is bound as soon as the StreamCluster exists.',
    );
  }
  if (shard === undefined) {
    return unbound === undefined
      ? { status: 'False', reason: 'NotYet', message: 'It has not been bound yet.' }
      : wrong('NoShard', unbound);
  }
  if (isMoving) {
    const message = `It moves to shard ${shard}: the old one commits what it has acknowledged.`;
    return { status: 'False', reason: 'Moving', message };
  }
  const message = `It is bound to shard ${shard}, by generation ${bindingGeneration}.`;
  return { status: 'True', reason: 'Bound', message };
}

function connectedness({ snapshot, workerPod, shard }: ProducerView): Said {
  if (shard === undefined) {
    return { status: 'False', reason: 'NotBound', message: 'No worker takes its events.' };
  }
  if (snapshot === undefined) {
    const message = `The worker ${workerPod?.metadata.name ?? 'of its shard'} does not answer.`;
    return { status: 'Unknown', reason: 'WorkerSilent', message };
  }
  return snapshot.connected
    ? { status: 'True', reason: 'Connected', message: 'A stream is open.' }
    : { status: 'False', reason: 'NotConnected', message: 'Nobody sends events as this producer.' };
}

function readiness(view: ProducerView, bound: Said): Said {
  const { failure, tokenFault, workerPod, shard, producer } = view;
  if (failure !== undefined) return wrong(failure.reason, failure.message);
  if (bound.status !== 'True') return { ...bound, status: 'False' };
  if (tokenFault !== undefined) return wrong('TokenMissing', tokenFault);
  if (workerPod === undefined || !isPodReady(workerPod)) {
    const message = `The worker of shard ${shard} is not ready; events wait at their source.`;
    return { status: 'False', reason: 'WorkerNotReady', message };
  }
  if (producer.spec.source.kind === 'Connector') return connectorReadiness(view);
  return { status: 'True', reason: 'Ready', message: 'Its address takes events.' };
}

function connectorReadiness({ connectorPods }: ProducerView): Said {
  for (const pod of connectorPods) {
    const status = pod.status?.containerStatuses?.[0];
    const why = podTrouble(pod) ?? (isPodReady(pod) ? undefined : lastWords(status));
    if (why !== undefined) {
      return wrong('ConnectorFailing', `The connector does not run: ${why}`);
    }
  }
  if (connectorPods.some(isPodReady)) {
    return { status: 'True', reason: 'Ready', message: 'Its connector runs.' };
  }
  const waiting = connectorPods.map(schedulingTrouble).find((why) => why !== undefined);
  const message = waiting ?? 'Its connector starts.';
  return { status: 'False', reason: 'ConnectorStarting', message };
}

function stateOf(view: ProducerView, ready: Said): string {
  const { shard, isMoving, snapshot } = view;
  if (ready.isTrouble === true) return ready.reason;
  if (shard === undefined) return 'Unbound';
  if (isMoving) return 'Moving';
  if (ready.status !== 'True') return 'Starting';
  if (snapshot?.connected === true) return 'Streaming';
  return 'Waiting';
}

const wrong = (reason: string, message: string): Said => ({
  status: 'False',
  reason,
  message,
  isTrouble: true,
});
