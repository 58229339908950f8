import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { until } from '../../harness/waiting.ts';
import { must, run, type ShellEnd } from './shell.ts';
import type { Timeline } from './timeline.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const NAME = 'feedmill-e2e';
const NAMESPACE = 'feedmill';
/** Where the recorded data are on each node, when this machine has them. */
export const RECORDED_ON_NODES = '/recorded';
export const RECORDED = path.join(ROOT, '../shared/data');
/** An image is built, a cluster made, and all is loaded: minutes on a busy machine. */
export const UP_MS_MAX = 14 * 60_000;
const REPLACED_WITHIN_MS = 180_000;

/** An object of Kubernetes, as far as tests look. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface PodObject extends Manifest {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly conditions?: readonly { type: string; status: string }[] };
}

interface Condition {
  readonly observedGeneration: number;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export const hasRecorded = existsSync(RECORDED);

/** A kind cluster of its own, made by the product's own scripts. */
export class KindLab {
  readonly name: string;
  readonly namespace: string;
  readonly nodes: { readonly first: string; readonly second: string };
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly timeline: Timeline;

  constructor(
    timeline: Timeline,
    name = NAME,
    namespace = NAMESPACE,
    folder = mkdtempSync(path.join(os.tmpdir(), 'feedmill-kind-')),
  ) {
    this.timeline = timeline;
    this.name = name;
    this.namespace = namespace;
    this.nodes = { first: `${name}-control-plane`, second: `${name}-worker` };
    this.#folder = folder;
    this.#env = {
      ...process.env,
      KIND_CLUSTER_NAME: name,
      KUBECONFIG: path.join(folder, 'kubeconfig'),
    };
  }

  /** The same cluster, in another namespace. */
  within(namespace: string): KindLab {
    return new KindLab(this.timeline, this.name, namespace, this.#folder);
  }

  /** `kind/up`, in a cluster whose nodes also have the recorded data. */
  async up(...options: readonly string[]): Promise<string> {
    const config = path.join(this.#folder, 'cluster.yaml');
    writeFileSync(
      config,
      stringify(withRecorded(readFileSync(`${ROOT}kind/cluster.yaml`, 'utf8'))),
    );
    await this.script('kind/down');
    return await this.script('kind/up', '--config', config, ...options);
  }

  async down(): Promise<void> {
    await this.script('kind/down');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async script(file: string, ...args: readonly string[]): Promise<string> {
    return await must(path.join(ROOT, file), args, {
      env: this.#env,
      cwd: ROOT,
      withinMs: UP_MS_MAX,
    });
  }

  async docker(...args: readonly string[]): Promise<string> {
    return await must('docker', args, { env: this.#env });
  }

  /** Builds an image of a Dockerfile's lines alone. */
  async build(image: string, lines: readonly string[]): Promise<void> {
    await must('docker', ['build', '--quiet', '--tag', image, '-'], {
      env: this.#env,
      input: `${lines.join('\n')}\n`,
    });
  }

  /** Gives an image that the nodes have a further name, which is quicker than to load it again. */
  async alias(image: string, name: string): Promise<void> {
    for (const node of Object.values(this.nodes)) {
      const [source, target] = [image, name].map((each) => `docker.io/library/${each}`);
      const tag = ['ctr', '--namespace=k8s.io', 'images', 'tag', '--force', source, target];
      await this.docker('exec', node, ...tag.flatMap((word) => word ?? []));
    }
  }

  /** Makes an image of this machine known to the nodes. */
  async load(image: string): Promise<void> {
    await must('kind', ['load', 'docker-image', '--name', this.name, image], { env: this.#env });
  }

  async helm(...args: readonly string[]): Promise<string> {
    return await must('helm', ['--namespace', this.namespace, ...args], {
      env: this.#env,
      cwd: ROOT,
    });
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return await must('kubectl', ['--namespace', this.namespace, ...args], { env: this.#env });
  }

  /** kubectl, whatever comes of it. */
  async kubectlEnds(...args: readonly string[]): Promise<ShellEnd> {
    return await run('kubectl', ['--namespace', this.namespace, ...args], { env: this.#env });
  }

  /** Runs a program within the first container of a pod, whatever comes of it. */
  async inPod(pod: string, ...command: readonly string[]): Promise<ShellEnd> {
    return await this.kubectlEnds('exec', pod, '--', ...command);
  }

  /** kill -9 of the worker's process; the first program of its container only watches over it. */
  async killWorker(pod: string): Promise<void> {
    const find = 'grep -aq pod-worker/src[/]main $p/cmdline && kill -9 ${p#/proc/}';
    await this.inPod(pod, 'sh', '-c', `for p in /proc/[0-9]*; do ${find}; done`);
  }

  /** `kubectl feedmill`, as people have it. */
  async plugin(...args: readonly string[]): Promise<string> {
    const bin = path.join(ROOT, 'node_modules/.bin');
    const PATH = `${bin}${path.delimiter}${this.#env['PATH'] ?? ''}`;
    const env = { ...this.#env, PATH };
    return await must('kubectl', ['feedmill', ...args, `--namespace=${this.namespace}`], { env });
  }

  /** What is in the archive that `kubectl feedmill report` writes, by name. */
  async report(): Promise<ReadonlyMap<string, string>> {
    const archive = path.join(this.#folder, 'report.tar.gz');
    await this.plugin('report', `--output=${archive}`);
    await must('tar', ['-xzf', archive, '-C', this.#folder]);
    const folder = path.join(this.#folder, 'feedmill-report');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    return new Map(
      files
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => [path.relative(folder, file), readFileSync(file, 'utf8')]),
    );
  }

  async apply(...manifests: readonly Manifest[]): Promise<string> {
    const input = manifests.map((each) => stringify(each)).join('---\n');
    const args = ['--namespace', this.namespace, 'apply', '--filename=-'];
    return await must('kubectl', args, { env: this.#env, input });
  }

  /**
   * Has the API server look at manifests, as text, without anything coming of it. Those that name
   * no namespace are for one in which there is nothing of ours yet.
   */
  async dryRun(input: string): Promise<void> {
    const { code, stderr } = await this.#dryRun(input);
    if (code !== 0) throw new Error(`This was refused:\n${input}\n${stderr}`);
  }

  /** What the API server says of a manifest that it refuses. */
  async refusal(manifest: Manifest): Promise<string> {
    const input = stringify(manifest);
    const { code, stderr } = await this.#dryRun(input, '--namespace', this.namespace);
    if (code === 0) throw new Error(`This was taken:\n${input}`);
    return stderr;
  }

  async #dryRun(input: string, ...where: readonly string[]): Promise<ShellEnd> {
    const args = ['apply', '--dry-run=server', '--validate=strict', '--filename=-', ...where];
    return await run('kubectl', args, { env: this.#env, input });
  }

  async get<T = Manifest>(kind: string, name: string): Promise<T> {
    return JSON.parse(await this.kubectl('get', kind, name, '--output=json')) as T;
  }

  async list<T = Manifest>(kind: string, ...selection: readonly string[]): Promise<T[]> {
    const text = await this.kubectl('get', kind, ...selection, '--output=json');
    return (JSON.parse(text) as { items: T[] }).items;
  }

  /** Waits until there is another pod of this one's name, and it is ready. */
  async replaced({ metadata: { name, uid } }: PodObject): Promise<void> {
    await until(
      `another pod is ready in the place of ${name}`,
      async () => {
        // For a moment there is none.
        const pod = (await this.list<PodObject>('pods')).find(
          (each) => each.metadata.name === name,
        );
        const ready = pod?.status.conditions?.find(({ type }) => type === 'Ready');
        return pod !== undefined && pod.metadata.uid !== uid && ready?.status === 'True';
      },
      { withinMs: REPLACED_WITHIN_MS, everyMs: 250 },
    );
  }

  /** A condition of an object as it is wanted now; undefined while nobody has looked since. */
  async condition(kind: string, name: string, type: string): Promise<Condition | undefined> {
    const { metadata, status } = await this.get<{
      metadata: { generation: number };
      status?: { conditions?: Condition[] };
    }>(kind, name);
    return status?.conditions?.find(
      (each) => each.type === type && each.observedGeneration === metadata.generation,
    );
  }

  /** Waits until a condition says so, and returns it. */
  async conditionIs(
    kind: string,
    name: string,
    type: string,
    wanted: Partial<Condition>,
    withinMs = 180_000,
  ): Promise<Condition> {
    let seen: Condition | undefined;
    return await until(
      `${type} of ${kind} ${name} is ${JSON.stringify(wanted)}`,
      async () => {
        seen = await this.condition(kind, name, type);
        const isSo = Object.entries(wanted).every(
          ([field, value]) => seen?.[field as keyof Condition] === value,
        );
        return isSo ? seen : undefined;
      },
      { withinMs, everyMs: 500, seen: () => seen },
    );
  }

  /** One value of the demo's Postgres, as text. */
  async sql(database: string, statement: string): Promise<string> {
    const psql = ['psql', '--user=feedmill', '--no-align', '--tuples-only'];
    const asked = [...psql, `--dbname=${database}`, `--command=${statement}`];
    const { code, stdout, stderr } = await this.inPod('demo-postgres-0', ...asked);
    if (code !== 0) throw new Error(`psql of '${statement}' said:\n${stderr}`);
    return stdout.trim();
  }

  /** What happened to our objects, by the API server's own word, into the timeline. */
  async fileEvents(): Promise<void> {
    interface Told {
      readonly eventTime?: string;
      readonly reason: string;
      readonly note?: string;
      readonly regarding: { readonly kind: string; readonly name: string };
    }
    for (const { eventTime, reason, note = '', regarding } of await this.list<Told>(
      'events.events.k8s.io',
    )) {
      if (eventTime === undefined || eventTime === null) continue;
      if (!['StreamCluster', 'Producer'].includes(regarding.kind)) continue;
      this.timeline.file(
        `    ${regarding.kind} ${regarding.name}: ${reason}: ${note}`,
        Date.parse(eventTime),
      );
    }
  }
}

function withRecorded(text: string): object {
  const config = parse(text) as { nodes: object[] };
  if (!hasRecorded) return config;
  const extraMounts = [{ hostPath: RECORDED, containerPath: RECORDED_ON_NODES, readOnly: true }];
  return { ...config, nodes: config.nodes.map((node) => ({ ...node, extraMounts })) };
}
