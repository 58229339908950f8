import type { KubeObject } from '../kube/kube-object.ts';
import { LABELS } from '../names.ts';
import type {
  ContainerStatus,
  Deployment,
  Job,
  Pod,
  PodTemplate,
  StatefulSet,
  VolumeClaim,
} from '../objects.ts';
import type { ApiServer } from './api-server.ts';
import type { ModelWorkers } from './model-workers.ts';
import type { TableEvent } from './object-table.ts';

const PODS = '/api/v1/pods';
const STATEFUL_SETS = '/apis/apps/v1/statefulsets';
const DEPLOYMENTS = '/apis/apps/v1/deployments';
const JOBS = '/apis/batch/v1/jobs';
const CLAIMS = '/api/v1/persistentvolumeclaims';
const WATCHED = [PODS, STATEFUL_SETS, DEPLOYMENTS, JOBS, CLAIMS];

/**
 * What the controllers and kubelets of a cluster do with StatefulSets, Deployments and Jobs, as far
 * as the operator can tell. Pods are up at once, but for those of images that are not well.
 */
export class ModelControllers {
  /** Images that cannot be pulled. */
  readonly missingImages = new Set<string>();
  /** Images whose programs end at once, but for migrations. */
  readonly brokenImages = new Set<string>();
  /** What migrations end with; undefined: they do what they should. */
  migrationFault: string | undefined;
  readonly #server: ApiServer;
  readonly #workers: ModelWorkers;
  #isDue = false;
  #hasRoom = true;

  constructor(server: ApiServer, workers: ModelWorkers) {
    this.#server = server;
    this.#workers = workers;
    const { onEvent } = server.table;
    server.table.onEvent = (event) => {
      onEvent(event);
      this.#react(event);
    };
  }

  /** Whether larger volumes are given to those who ask, also to those who have asked. */
  giveRoom(hasRoom: boolean): void {
    this.#hasRoom = hasRoom;
    this.#settle();
  }

  #react({ collection }: TableEvent): void {
    if (!WATCHED.includes(collection) || this.#isDue) return;
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
    for (const claim of table.list(CLAIMS, '') as VolumeClaim[]) this.#grow(claim);
    for (const deployment of table.list(DEPLOYMENTS, '') as Deployment[]) this.#run(deployment);
    const owners = new Set(
      [STATEFUL_SETS, DEPLOYMENTS, JOBS].flatMap((kind) =>
        table.list(kind, '').map(({ metadata }) => metadata.name),
      ),
    );
    for (const pod of table.list(PODS, '')) {
      const owner = pod.metadata.name.replace(/-[^-]+$/, '');
      // A StatefulSet is only ever deleted as one that leaves its pods behind.
      if (!owners.has(owner) && shardOf(pod as Pod) === undefined) this.#remove(pod);
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
      this.#ensureClaim(namespace, `${name}-${shard}`, spec.volumeClaimTemplates?.[0]);
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
    const isStuck = this.missingImages.has(imageOf(template));
    const hasFailed = this.migrationFault !== undefined;
    if (isStuck || hasFailed) {
      const labels = { ...template.metadata.labels, 'batch.kubernetes.io/job-name': name };
      this.#startOne(metadata, { ...template, metadata: { ...template.metadata, labels } });
    }
    if (isStuck || status?.succeeded === 1 || status?.failed === 1) return;
    const conditions = [{ type: 'Failed', status: 'True' }];
    const end = hasFailed ? { failed: 1, conditions } : { succeeded: 1 };
    this.#server.table.mergePatch(JOBS, namespace, name, { status: end });
  }

  #ensureClaim(namespace: string, pod: string, template: VolumeClaim | undefined): void {
    if (template === undefined) return;
    const { table } = this.#server;
    const name = `${template.metadata.name}-${pod}`;
    const known = table.list(CLAIMS, namespace).some(({ metadata }) => metadata.name === name);
    if (known) return;
    table.create(CLAIMS, { ...template, metadata: { ...template.metadata, name, namespace } });
  }

  #grow({ metadata, spec, status }: VolumeClaim): void {
    const { storage = '' } = spec.resources?.requests ?? {};
    const capacity = status?.capacity?.['storage'];
    if (capacity === storage || (capacity !== undefined && !this.#hasRoom)) return;
    const { name, namespace = '' } = metadata;
    const patch = { status: { phase: 'Bound', capacity: { storage } } };
    this.#server.table.mergePatch(CLAIMS, namespace, name, patch);
  }

  #startOne({ name, namespace = '' }: KubeObject['metadata'], template: PodTemplate): void {
    const known = this.#server.table.list(PODS, namespace);
    if (known.some((pod) => pod.metadata.name === `${name}-0`)) return;
    this.#start(namespace, `${name}-0`, template);
  }

  #start(namespace: string, name: string, { metadata, spec }: PodTemplate): void {
    const { table } = this.#server;
    const state = this.#stateOf({ metadata, spec });
    const isUp = Object.keys(state).length === 0;
    const pod = {
      metadata: { ...metadata, name, namespace },
      spec,
      status: {
        phase: isUp ? 'Running' : 'Pending',
        podIP: '127.0.0.1',
        conditions: [{ type: 'Ready', status: isUp ? 'True' : 'False' }],
        containerStatuses: [{ name: 'main', restartCount: 0, state }],
      },
    } as unknown as KubeObject;
    const { uid = '' } = table.create(PODS, pod).metadata;
    if (isUp) this.#workers.up.add(uid);
  }

  /** What a container waits for, or has ended with; nothing where it runs. */
  #stateOf(template: PodTemplate): NonNullable<ContainerStatus['state']> {
    const image = imageOf(template);
    if (this.missingImages.has(image)) {
      const message = `there is no image ${image}`;
      return { waiting: { reason: 'ImagePullBackOff', message } };
    }
    if (template.metadata.labels[LABELS.component] === 'migration') {
      const message = this.migrationFault;
      return message === undefined ? {} : { terminated: { exitCode: 1, message } };
    }
    if (!this.brokenImages.has(image)) return {};
    return { waiting: { reason: 'CrashLoopBackOff', message: `${image} ended with 1` } };
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
