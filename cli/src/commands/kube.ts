import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import { Argument, type Command, Option } from 'commander';
import { type CommandContext, writeJson, writeLines } from '../command-context.ts';
import { producerLines, statusLines } from '../kube/kube-tables.ts';
import { Kubectl } from '../kube/kubectl.ts';
import { type PipelineView, troublesOf, viewOf } from '../kube/pipeline-view.ts';
import { writeReport } from '../kube/report.ts';
import { jsonOption } from './common-options.ts';

const QUESTIONS = ['status', 'producers', 'report'] as const;
const NANOS_PER_MS = 1_000_000n;

interface KubeOptions {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly context?: string;
  readonly output?: string;
  readonly json?: true;
}

export function addKubeCommand(program: Command, context: CommandContext): void {
  program
    .command('kube')
    .summary('say how pipelines on Kubernetes stand')
    .description(
      'Asks a Kubernetes cluster, through the kubectl of this machine, how its pipelines stand, ' +
        'what is wrong and what to do. As `kubectl feedmill` the same, where kubectl-feedmill is ' +
        'on the PATH.',
    )
    .addArgument(
      new Argument('<what>', 'status: StreamClusters and workers; report: an archive').choices(
        QUESTIONS,
      ),
    )
    .addOption(new Option('-n, --namespace <name>', "instead of the context's own"))
    .addOption(new Option('-A, --all-namespaces', 'of every namespace'))
    .addOption(new Option('--context <name>', "of kubectl's configuration"))
    .addOption(new Option('--output <file>', 'where report writes its archive'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
report takes objects, events, logs and metrics, with passwords and tokens masked. Secrets are never
read.

Examples:
  $ kubectl feedmill status --all-namespaces
  $ kubectl feedmill producers --namespace ticks
  $ kubectl feedmill report --output friday.tar.gz`,
    )
    .action((what: (typeof QUESTIONS)[number], options: KubeOptions) =>
      ask(what, options, context),
    );
}

async function ask(
  what: (typeof QUESTIONS)[number],
  options: KubeOptions,
  context: CommandContext,
): Promise<void> {
  if (options.output !== undefined && what !== 'report') {
    throw new FeedmillError('USAGE', `--output is for report; ${what} is written to the terminal.`);
  }
  const kubectl = new Kubectl({
    context: options.context,
    namespace: options.namespace,
    isEverywhere: options.allNamespaces === true,
  });
  const view = await viewOf(kubectl);
  const nowMs = Number(context.clock.wallNanos() / NANOS_PER_MS);
  if (what === 'report') {
    const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '');
    const file = options.output ?? `feedmill-report-${stamp}.tar.gz`;
    const files = await writeReport(kubectl, view, file, nowMs);
    if (options.json === true) writeJson(context, { file, files });
    else writeLines(context, [`${file}: ${plural(files, 'file')}, without secrets.`]);
  } else if (options.json === true) writeJson(context, documentOf(view));
  else writeLines(context, what === 'status' ? statusLines(view, nowMs) : producerLines(view));
}

const documentOf = (view: PipelineView): object => ({
  clusters: view.clusters,
  producers: view.producers,
  workers: view.workers.map(({ pod }) => pod),
  troubles: troublesOf(view),
});
