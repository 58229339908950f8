import type { KubeObject } from '../kube/kube-object.ts';
import { LABELS } from '../names.ts';
import type { Deployment, Job, Pod, PodTemplate, StatefulSet } from '../objects.ts';
import type { ApiServer } from './api-server.ts';
import type { ModelWorkers } from './model-workers.ts';
import type { TableEvent } from './object-table.ts';

const PODS = '/api/v1/pods';
const STATEFUL_SETS = '/apis/apps/v1/statefulsets';
const DEPLOYMENTS = '/apis/apps/v1/deployments';
const JOBS = '/apis/batch/v1/jobs';

/**
 * What the controllers and kubelets of a cluster do with StatefulSets, Deployments and Jobs, as far
 * as the operator can tell. Pods are up at once, but for those of images that are not well.
 */
export class ModelControllers {
  /** Images that cannot be pulled. */
  readonly missingImages = new Set<string>();
  /** Images whose programs end at once, but for migrations. */
  readonly brokenImages = new Set<string>();
  readonly #server: ApiServer;
  readonly #workers: ModelWorkers;
  #isDue = false;

  constructor(server: ApiServer, workers: ModelWorkers) {
    this.#server = server;
    this.#workers = workers;
    const { onEvent } = server.table;
    server.table.onEvent = (event) => {
      onEvent(event);
      this.#react(event);
    };
  }

  #react({ collection }: TableEvent): void {
    if (![PODS, STATEFUL_SETS, DEPLOYMENTS, JOBS].includes(collection) || this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#settle();
    });
  }

  #settle(): void {
    const { table } = this.#server;
    const sets = table.list(STATEFUL_SETS, '') as StatefulSet[];
    for (const set of sets) this.#settleSet(set);
    for (const job of table.list(JOBS, '') as Job[]) this.#finish(job);
    for (const deployment of table.list(DEPLOYMENTS, '') as Deployment[]) this.#run(deployment);
    const owners = new Set(
      [STATEFUL_SETS, DEPLOYMENTS, JOBS].flatMap((kind) =>
        table.list(kind, '').map(({ metadata }) => metadata.name),
      ),
    );
    for (const pod of table.list(PODS, '')) {
      const owner = pod.metadata.name.replace(/-[^-]+$/, '');
      if (!owners.has(owner)) this.#remove(pod);
    }
  }

  #settleSet({ metadata, spec }: StatefulSet): void {
    const { table } = this.#server;
    const { name, namespace = '' } = metadata;
    const { replicas, template, updateStrategy } = spec;
    const { partition = 0 } = updateStrategy?.rollingUpdate ?? {};
    const pods = (table.list(PODS, namespace) as Pod[]).filter(
      (pod) => pod.metadata.name.startsWith(`${name}-`) && shardOf(pod) !== undefined,
    );
    for (const pod of pods) if ((shardOf(pod) ?? 0) >= replicas) this.#remove(pod);
    for (let shard = 0; shard < replicas; shard += 1) {
      const pod = pods.find((each) => shardOf(each) === shard);
      if (pod === undefined) this.#start(namespace, `${name}-${shard}`, template);
      else if (shard >= partition && !isOf(pod, template)) this.#remove(pod);
    }
  }

  #run({ metadata, spec }: Deployment): void {
    const { template } = spec as { readonly template: PodTemplate };
    this.#startOne(metadata, template);
  }

  #finish({ metadata, spec, status }: Job): void {
    const { name, namespace = '' } = metadata;
    const { template } = spec as { readonly template: PodTemplate };
    if (this.missingImages.has(imageOf(template))) {
      const labels = { ...template.metadata.labels, 'batch.kubernetes.io/job-name': name };
      this.#startOne(metadata, { ...template, metadata: { ...template.metadata, labels } });
    } else if (status?.succeeded !== 1) {
      this.#server.table.mergePatch(JOBS, namespace, name, { status: { succeeded: 1 } });
    }
  }

  #startOne({ name, namespace = '' }: KubeObject['metadata'], template: PodTemplate): void {
    const known = this.#server.table.list(PODS, namespace);
    if (known.some((pod) => pod.metadata.name === `${name}-0`)) return;
    this.#start(namespace, `${name}-0`, template);
  }

  #start(namespace: string, name: string, { metadata, spec }: PodTemplate): void {
    const { table } = this.#server;
    const waiting = this.#trouble(imageOf({ metadata, spec }));
    const isUp = waiting === undefined;
    const pod = {
      metadata: { ...metadata, name, namespace },
      spec,
      status: {
        phase: isUp ? 'Running' : 'Pending',
        podIP: '127.0.0.1',
        conditions: [{ type: 'Ready', status: isUp ? 'True' : 'False' }],
        containerStatuses: [{ name: 'main', restartCount: 0, state: isUp ? {} : { waiting } }],
      },
    } as unknown as KubeObject;
    const { uid = '' } = table.create(PODS, pod).metadata;
    if (isUp) this.#workers.up.add(uid);
  }

  #trouble(image: string): { reason: string; message: string } | undefined {
    if (this.missingImages.has(image)) {
      return { reason: 'ImagePullBackOff', message: `there is no image ${image}` };
    }
    if (!this.brokenImages.has(image)) return undefined;
    return { reason: 'CrashLoopBackOff', message: `${image} ended with 1` };
  }

  #remove({ metadata }: KubeObject): void {
    this.#workers.up.delete(metadata.uid ?? '');
    this.#server.table.delete(PODS, metadata.namespace ?? '', metadata.name);
  }
}

const imageOf = ({ spec }: PodTemplate): string =>
  (spec as Pod['spec']).containers?.[0]?.image ?? '';

function shardOf({ metadata }: Pod): number | undefined {
  if (metadata.labels?.[LABELS.component] !== 'worker') return undefined;
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}

const isOf = ({ metadata }: Pod, template: PodTemplate): boolean =>
  JSON.stringify(metadata.annotations) === JSON.stringify(template.metadata.annotations);
