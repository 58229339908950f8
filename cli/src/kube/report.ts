import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { KubeObject } from '@feedmill/operator/kube/kube-object';
import { producerLines, statusLines } from './kube-tables.ts';
import { type Kubectl, outputOf } from './kubectl.ts';
import type { PipelineView } from './pipeline-view.ts';
import { withoutSecrets } from './without-secrets.ts';

const OURS = 'app.kubernetes.io/name=feedmill';
/** Kinds that are taken whole, for they are ours. Secrets are never asked for. */
const OWN_KINDS =
  'streamclusters.feedmill.dev,producers.feedmill.dev,regionswitchovers.feedmill.dev';
/** Kinds of which those are taken that carry our label. */
const MADE_KINDS =
  'statefulsets,deployments,pods,jobs,services,configmaps,persistentvolumeclaims,' +
  'poddisruptionbudgets,networkpolicies,serviceaccounts';
const LOG_LINES_MAX = 5_000;

interface LoggedPod extends KubeObject {
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
}

/**
 * Writes an archive of what somebody else needs to understand what goes on: objects, events, logs
 * and metrics, with passwords and tokens taken out.
 *
 * @returns how many files are in it
 */
export async function writeReport(
  kubectl: Kubectl,
  view: PipelineView,
  file: string,
  nowMs: number,
): Promise<number> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'feedmill-report-'));
  try {
    let files = 0;
    const put = async (name: string, text: string | undefined): Promise<void> => {
      if (text === undefined || text === '') return;
      const at = path.join(folder, 'feedmill-report', name);
      await mkdir(path.dirname(at), { recursive: true });
      await writeFile(at, withoutSecrets(text));
      files += 1;
    };
    await put('status.txt', `${statusLines(view, nowMs).join('\n')}\n`);
    await put('producers.txt', `${producerLines(view).join('\n')}\n`);
    await put('version.json', await kubectl.sayIfAny('version', '--output=json'));
    await put('nodes.txt', await kubectl.sayIfAny('get', 'nodes', '--output=wide'));
    await putObjects(kubectl, put);
    await putLogs(kubectl, put);
    await outputOf('tar', ['-czf', path.resolve(file), '-C', folder, 'feedmill-report']);
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Put = (name: string, text: string | undefined) => Promise<void>;

async function putObjects(kubectl: Kubectl, put: Put): Promise<void> {
  const objects = [
    ...(await kubectl.list<Manifest>(OWN_KINDS)),
    ...(await kubectl.list<Manifest>(MADE_KINDS, `--selector=${OURS}`)),
  ];
  for (const { metadata, ...rest } of objects) {
    const { managedFields: _, ...kept } = metadata;
    const name = `objects/${metadata.namespace}/${rest.kind.toLowerCase()}-${metadata.name}.json`;
    await put(name, `${JSON.stringify({ ...rest, metadata: kept }, undefined, 2)}\n`);
  }
  const events = await kubectl.list<object>('events.events.k8s.io');
  await put('events.json', `${JSON.stringify(events, undefined, 2)}\n`);
}

interface Manifest {
  readonly kind: string;
  readonly metadata: KubeObject['metadata'] & { readonly managedFields?: unknown };
}

async function putLogs(kubectl: Kubectl, put: Put): Promise<void> {
  const pods = await kubectl.list<LoggedPod>('pods', `--selector=${OURS}`);
  for (const { metadata, spec } of pods) {
    const { name, namespace = '' } = metadata;
    const place = `${namespace}/${name}`;
    await put(`metrics/${place}.txt`, await kubectl.fromPod(namespace, name, '/metrics'));
    for (const container of spec.containers) {
      const asked = ['logs', name, `--namespace=${namespace}`, `--container=${container.name}`];
      const lines = `--tail=${LOG_LINES_MAX}`;
      await put(`logs/${place}.txt`, await kubectl.sayIfAny(...asked, lines));
      await put(`logs/${place}.before.txt`, await kubectl.sayIfAny(...asked, lines, '--previous'));
    }
  }
}
