import { loadConfig } from '@feedmill/core/process-config';
import Type, { type Static } from 'typebox';

/** Configuration of the operator. Flags, environment and the reference page follow from it. */
export const OperatorConfigSchema = Type.Object({
  namespaces: Type.String({
    default: '',
    description: 'Namespaces to look after, separated by commas; * for all, empty for its own.',
  }),
  namespace: Type.String({
    minLength: 1,
    description: 'Where the operator itself runs; its lease is there.',
  }),
  name: Type.String({
    minLength: 1,
    description: 'Name of this replica, different from every other: that of its pod.',
  }),
  image: Type.String({
    minLength: 1,
    description: 'Image of workers and connectors where a StreamCluster names none.',
  }),
  lease: Type.String({
    minLength: 1,
    default: 'feedmill-operator',
    description: 'Name of the Lease by which the replicas elect their leader.',
  }),
  http: Type.String({
    pattern: '^[^:]+:[0-9]+$',
    default: '127.0.0.1:0',
    description: 'host:port of /metrics, /livez and /readyz.',
  }),
  apiServer: Type.String({
    default: '',
    description: "URL of the API server, such as kubectl proxy's; empty: that of the pod.",
  }),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe level that is logged.' },
  ),
});

export type OperatorConfig = Static<typeof OperatorConfigSchema>;

/** @throws FeedmillError USAGE or CONFIG_INVALID, naming every fault */
export function operatorConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): OperatorConfig {
  return loadConfig(OperatorConfigSchema, { argv, env });
}

/** Namespaces as reflectors want them: one empty name stands for all. */
export function watchedNamespaces({ namespaces, namespace }: OperatorConfig): string[] {
  const named = namespaces
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  if (named.includes('*')) return [''];
  return named.length === 0 ? [namespace] : [...new Set(named)];
}
