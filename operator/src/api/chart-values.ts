import Type from 'typebox';
import { podPart, podPartList } from './schema-parts.ts';

const texts = (description: string, options: object = {}) =>
  Type.Array(Type.String({ minLength: 1 }), { description, default: [], ...options });

const object = (description: string, value: object = {}) =>
  Type.Unsafe<object>({ type: 'object', description, default: value });

const GatewayValues = Type.Object(
  {
    enabled: Type.Boolean({
      default: false,
      description: 'Whether a gateway runs; it needs postgres.secretRef.name.',
    }),
    replicas: Type.Integer({ default: 1, minimum: 0, maximum: 16, description: 'Gateways.' }),
    postgres: Type.Object(
      {
        secretRef: Type.Object(
          {
            name: Type.String({
              default: '',
              maxLength: 253,
              description: "Name of the Secret, in the release's namespace.",
            }),
            key: Type.String({
              default: 'url',
              minLength: 1,
              maxLength: 253,
              description: 'Key in the Secret.',
            }),
          },
          { description: 'Where its connection URL is.' },
        ),
      },
      { description: 'The Postgres that is asked.' },
    ),
    cluster: Type.String({
      default: '',
      maxLength: 52,
      description:
        "StreamCluster in the release's namespace whose workers are followed, for what is live. " +
        'Empty: Postgres alone is asked.',
    }),
    env: object('Further settings by their environment, such as FEEDMILL_OIDC_ISSUER.'),
    service: Type.Object(
      {
        type: Type.Enum(['ClusterIP', 'NodePort', 'LoadBalancer'], {
          default: 'ClusterIP',
          description: 'Type of the Service.',
        }),
        annotations: object('Annotations of the Service.'),
      },
      { description: 'By what it is reached, on port 7600.' },
    ),
    network: Type.Object(
      {
        isolate: Type.Boolean({
          default: true,
          description: 'Whether a NetworkPolicy lets in only whom it names.',
        }),
        clientsFrom: podPartList(
          'Who may ask beside the pods of the namespace: peers of a NetworkPolicy.',
        ),
      },
      { description: 'Who reaches it.' },
    ),
    resources: object('Requests and limits of a gateway.', {
      requests: { cpu: '50m', memory: '160Mi' },
      limits: { memory: '768Mi' },
    }),
  },
  { description: 'The gateway: the API and the console.' },
);

const WitnessValues = Type.Object(
  {
    enabled: Type.Boolean({
      default: false,
      description: 'Whether a witness runs: one for both regions, at best in a third place.',
    }),
    takeoverAfterMs: Type.Integer({
      default: 600,
      minimum: 100,
      maximum: 600_000,
      description: 'As spec.region.takeoverAfterMs of the StreamClusters has it.',
    }),
    restored: Type.Boolean({
      default: false,
      description: 'Whether its ConfigMaps may be an old copy; for the first start after that.',
    }),
    service: Type.Object(
      {
        type: Type.Enum(['ClusterIP', 'NodePort', 'LoadBalancer'], {
          default: 'ClusterIP',
          description: 'Type of the Service.',
        }),
        annotations: object('Annotations of the Service.'),
      },
      { description: 'By what the workers of both regions reach it, on port 7411.' },
    ),
    network: Type.Object(
      {
        isolate: Type.Boolean({
          default: true,
          description: 'Whether a NetworkPolicy lets in only whom it names.',
        }),
        workersFrom: podPartList(
          'Who may ask beside the pods of the namespace: peers of a NetworkPolicy.',
        ),
      },
      { description: 'Who reaches it.' },
    ),
    resources: object('Requests and limits of the witness.', {
      requests: { cpu: '20m', memory: '64Mi' },
      limits: { memory: '192Mi' },
    }),
  },
  { description: 'The witness, which says which of two regions is primary.' },
);

/** The values of the chart, with what stands there by default. */
export const ChartValuesSchema = Type.Object(
  {
    image: Type.Object(
      {
        repository: Type.String({
          default: 'feedmill',
          minLength: 1,
          description: 'Where the image is.',
        }),
        tag: Type.String({
          default: '',
          description: "Which one; empty: the chart's own version.",
        }),
        pullPolicy: Type.Enum(['IfNotPresent', 'Always', 'Never'], {
          default: 'IfNotPresent',
          description: 'When the image is pulled.',
        }),
        pullSecrets: podPartList('Secrets that it is pulled with, such as {name: registry}.'),
      },
      { description: 'The image, of operator and gateway, and of workers that name none.' },
    ),
    replicas: Type.Integer({
      default: 2,
      minimum: 0,
      maximum: 5,
      description: 'Operators; one of them leads, the others wait to follow it.',
    }),
    namespaces: texts(
      'Namespaces to look after. Empty: the one of the release alone. ["*"]: all of them, which ' +
        'takes a ClusterRole.',
    ),
    crds: Type.Object(
      {
        install: Type.Boolean({
          default: true,
          description: 'Whether the definitions come with the release. They stay when it goes.',
        }),
      },
      { description: 'The definitions of StreamCluster, Producer and RegionSwitchover.' },
    ),
    rbac: Type.Object(
      {
        create: Type.Boolean({
          default: true,
          description: 'Whether account, roles and bindings come with the release.',
        }),
        aggregate: Type.Boolean({
          default: true,
          description: "Whether the cluster's own roles view, edit and admin take in our objects.",
        }),
      },
      { description: 'Rights.' },
    ),
    logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], {
      default: 'info',
      description: 'Least severe level that operator and gateway log.',
    }),
    resources: object('Requests and limits of an operator.', {
      requests: { cpu: '20m', memory: '96Mi' },
      limits: { memory: '256Mi' },
    }),
    nodeSelector: object('Labels that the nodes of operators must have.'),
    tolerations: podPartList('Taints of nodes that operators tolerate.'),
    affinity: podPart<object>('Where operators rather run; by default on different nodes.'),
    podLabels: object('Further labels of the pods.'),
    podAnnotations: object('Further annotations of the pods.'),
    gateway: GatewayValues,
    witness: WitnessValues,
    monitoring: Type.Object(
      {
        serviceMonitor: Type.Boolean({
          default: false,
          description: 'Whether the Prometheus operator is told to scrape operators and workers.',
        }),
        prometheusRule: Type.Boolean({
          default: false,
          description: 'Whether it is given the alert rules.',
        }),
        labels: object('Labels by which the Prometheus operator finds these two.'),
        interval: Type.String({
          default: '15s',
          pattern: '^[0-9]+(ms|s|m)$',
          description: 'How often it scrapes.',
        }),
      },
      { description: 'Objects of the Prometheus operator, where that is installed.' },
    ),
  },
  { description: 'Values of the chart feedmill.' },
);
