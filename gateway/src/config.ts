import { loadConfig } from '@feedmill/core/process-config';
import Type, { type Static } from 'typebox';

const HOST_PORT = '^[^:]+:[0-9]+$';

/** Configuration of a gateway. Flags, environment and the reference page follow from it. */
export const GatewayConfigSchema = Type.Object({
  postgres: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'Connection URL of the Postgres that is asked, and that holds the keys.',
  }),
  listen: Type.String({
    pattern: HOST_PORT,
    default: '127.0.0.1:7600',
    description: 'host:port of the API and the console; port 0 takes a free one.',
  }),
  http: Type.String({
    pattern: HOST_PORT,
    default: '127.0.0.1:0',
    description: 'host:port of /metrics, /livez and /readyz.',
  }),
  workers: Type.String({
    default: '',
    description:
      'Workers to follow: host:port of each, in the order of their shards and separated by ' +
      'commas, or one pattern with {shard} in it, for as many shards as Postgres knows.',
  }),
  workersCa: Type.String({
    default: '',
    description:
      'File with the authorities that workers are proved against, PEM, or `system`; empty: they ' +
      'are reached without TLS.',
  }),
  region: Type.String({ default: 'local', description: 'Name of this region.' }),
  readerRole: Type.String({
    default: 'feedmill_reader',
    pattern: '^([a-z_][a-z0-9_]*)?$',
    description:
      'Role that questions are run as; it can read the tables and nothing else. Empty: the ' +
      "rights of the URL's own user.",
  }),
  statementTimeoutMs: Type.Integer({
    minimum: 100,
    maximum: 600_000,
    default: 10_000,
    description: 'A query that takes longer is cancelled.',
  }),
  tlsCertificate: Type.String({
    default: '',
    description: 'File with the certificate chain, PEM; empty serves without TLS.',
  }),
  tlsKey: Type.String({ default: '', description: 'File with the private key, PEM.' }),
  corsOrigins: Type.String({
    default: '',
    description:
      'Origins whose pages may call the API, separated by commas; * for all, empty for none.',
  }),
  trustProxy: Type.Boolean({
    default: false,
    description: 'Take the address of a client from X-Forwarded-For, as a proxy in front sets it.',
  }),
  oidcIssuer: Type.String({
    default: '',
    description: 'Issuer of OpenID tokens that are accepted beside keys; empty accepts none.',
  }),
  oidcAudience: Type.String({
    default: 'feedmill',
    description: 'Audience that such a token must be for.',
  }),
  oidcJwksUri: Type.String({
    default: '',
    description: "The issuer's keys; empty: as its openid-configuration says.",
  }),
  tokenRequestsPerSecond: Type.Integer({
    minimum: 1,
    default: 50,
    description: 'Requests a second of one subject of such a token.',
  }),
  auditFile: Type.String({
    default: '',
    description: 'File that the audit log is appended to; empty writes it to the log.',
  }),
  consoleDir: Type.String({
    default: '',
    description: 'Folder with the built console; empty serves the API alone.',
  }),
  drillsDir: Type.String({
    default: '',
    description: 'Folder with the reports of drills; empty shows none.',
  }),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe level that is logged.' },
  ),
});

export type GatewayConfig = Static<typeof GatewayConfigSchema>;

/** @throws FeedmillError USAGE or CONFIG_INVALID, naming every fault */
export function gatewayConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): GatewayConfig {
  return loadConfig(GatewayConfigSchema, { argv, env });
}
