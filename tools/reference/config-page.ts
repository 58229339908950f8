import { envName, flagName } from '../../core/src/process-config.ts';
import { GatewayConfigSchema } from '../../gateway/src/config.ts';
import { OperatorConfigSchema } from '../../operator/src/config.ts';
import { WorkerConfigSchema } from '../../pod-worker/src/config.ts';
import { ConnectorConfigSchema } from '../../producer/src/config.ts';
import { code, page, sourceLink, table } from './markdown.ts';

/** What typebox's schemas hold, as far as it says something to a reader. */
interface SchemaFacts {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly { readonly const?: string | number | boolean }[];
}

/** The schema of a process's configuration. */
interface ConfigSchema {
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, SchemaFacts>>;
}

const PRECEDENCE = `Defaults give way to the environment, and that to flags. All faults are reported
at once, each with where the value came from; an unknown flag is refused. The configuration in force
is logged at the start, with secrets masked.`;

const WORKER_INTRODUCTION = `What \`pod-worker/src/main.ts\` takes. In local mode the
supervisor gives \`--shard\`, \`--dir\`, \`--postgres\`, \`--cluster-id\`, \`--listen\` and
\`--http\`; set any other in the
environment of \`feedmill up\`, and every worker has it.`;

const CONNECTOR_INTRODUCTION = `What \`producer/src/main.ts\` takes. In local mode the
supervisor gives \`--source\`, \`--producer\`, \`--locate\`, \`--state-dir\` and
\`--report-ms\`; set any other in the
environment of \`feedmill up\`, and every connector has it.`;

export const workerConfigPage = (): string =>
  configPage(
    'Configuration of a worker',
    'pod-worker/src/config.ts',
    WORKER_INTRODUCTION,
    WorkerConfigSchema,
  );

const OPERATOR_INTRODUCTION = `What \`operator/src/main.ts\` takes. The chart gives all of it, from
[its values](chart-values.md).`;

export const operatorConfigPage = (): string =>
  configPage(
    'Configuration of the operator',
    'operator/src/config.ts',
    OPERATOR_INTRODUCTION,
    OperatorConfigSchema,
  );

const GATEWAY_INTRODUCTION = `What \`gateway/src/main.ts\` takes. In local mode the
supervisor gives \`--postgres\`, \`--listen\` and \`--http\`, and tells the workers; set any
other in the
environment of \`feedmill up\`.`;

export const gatewayConfigPage = (): string =>
  configPage(
    'Configuration of a gateway',
    'gateway/src/config.ts',
    GATEWAY_INTRODUCTION,
    GatewayConfigSchema,
  );

export const connectorConfigPage = (): string =>
  configPage(
    'Configuration of a connector',
    'producer/src/config.ts',
    CONNECTOR_INTRODUCTION,
    ConnectorConfigSchema,
  );

function configPage(
  title: string,
  path: string,
  introduction: string,
  schema: ConfigSchema,
): string {
  const { required = [], properties } = schema;
  const rows = Object.entries(properties).map(([name, facts]) => {
    return [
      code(`--${flagName(name)}`),
      code(envName(name)),
      defaultText(facts, required.includes(name)),
      allowedText(facts),
      facts.description ?? '',
    ];
  });
  const titles = ['flag', 'environment', 'default', 'allowed', 'meaning'];
  return page(title, sourceLink(path), [introduction, PRECEDENCE, table(titles, rows)]);
}

function defaultText({ default: value }: SchemaFacts, isRequired: boolean): string {
  if (value === undefined) return isRequired ? 'required' : 'none';
  return value === '' ? 'empty' : code(String(value));
}

function allowedText(facts: SchemaFacts): string {
  const { type, minimum, maximum, pattern, anyOf } = facts;
  if (anyOf !== undefined) return anyOf.map((each) => code(String(each.const))).join(', ');
  if (pattern !== undefined) return code(pattern);
  if (type === 'boolean') return '`true`, `false`; the flag alone means `true`';
  if (minimum === undefined) return 'any text';
  const kind = type === 'integer' ? 'whole number' : 'number';
  return maximum === undefined
    ? `${kind} from ${minimum}`
    : `${kind} from ${minimum} to ${maximum}`;
}
