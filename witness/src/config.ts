import { FeedmillError } from '@feedmill/core/errors';
import { loadConfig } from '@feedmill/core/process-config';
import Type, { type Static } from 'typebox';

const HOST_PORT = '^[^:]+:[0-9]+$';

/** Configuration of a witness. Flags, environment and the reference page follow from it. */
export const WitnessConfigSchema = Type.Object({
  dir: Type.String({
    default: '',
    description: 'Folder that keeps the registers; this or --kubernetes-namespace.',
  }),
  kubernetesNamespace: Type.String({
    default: '',
    description: 'Namespace whose ConfigMaps keep the registers.',
  }),
  listen: Type.String({
    pattern: HOST_PORT,
    default: '127.0.0.1:0',
    description: 'host:port of the gRPC server; port 0 takes a free one.',
  }),
  http: Type.String({
    pattern: HOST_PORT,
    default: '127.0.0.1:0',
    description: 'host:port of /metrics, /livez and /readyz.',
  }),
  takeoverAfterMs: Type.Integer({
    minimum: 100,
    maximum: 600_000,
    default: 600,
    description: 'A primary that has not renewed for so long may be replaced, in milliseconds.',
  }),
  restored: Type.Boolean({
    default: false,
    description:
      'The registers may be an old copy: nothing is granted before both regions have said what ' +
      'they know. To be given for the first start after a restore.',
  }),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe level that is logged.' },
  ),
});

export type WitnessConfig = Static<typeof WitnessConfigSchema>;

/** @throws FeedmillError USAGE or CONFIG_INVALID, naming every fault */
export function witnessConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): WitnessConfig {
  const config = loadConfig(WitnessConfigSchema, { argv, env });
  if ((config.dir === '') === (config.kubernetesNamespace === '')) {
    throw new FeedmillError(
      'USAGE',
      'Registers need one place: give either --dir or --kubernetes-namespace.',
    );
  }
  return config;
}
