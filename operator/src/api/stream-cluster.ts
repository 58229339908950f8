import Type, { type Static, type TProperties } from 'typebox';
import { conditionList } from './conditions.ts';
import { regionSchema } from './region.ts';
import {
  bytesQuantity,
  nameRule,
  podPart,
  podPartList,
  rules,
  secretKey,
  unchangeableOptional,
} from './schema-parts.ts';
import {
  OPERATOR_SETTINGS,
  WORKER_SETTING_GROUPS,
  type WorkerSettings,
} from './worker-settings.ts';

/** Conditions of a StreamCluster. */
const CLUSTER_CONDITIONS = ['Ready', 'Progressing', 'Degraded', 'SinkReachable', 'Stable'] as const;

const SHARDS_MAX = 256;
const NAME_LENGTH_MAX = 40;

const placement = Type.Object(
  {
    topologyKey: Type.String({
      minLength: 1,
      default: 'topology.kubernetes.io/zone',
      description: 'Label of nodes over whose values the shards are spread.',
    }),
    nodeSelector: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        description: 'Labels that the nodes of workers must have.',
        additionalProperties: { type: 'string' },
      }),
    ),
    tolerations: Type.Optional(podPartList('Taints of nodes that workers tolerate.')),
    priorityClassName: Type.Optional(
      Type.String({ description: 'Which workers go first when nodes are full.' }),
    ),
  },
  { default: {}, description: 'Where the workers run.' },
);

const network = Type.Object(
  {
    isolate: Type.Boolean({
      default: true,
      description: 'Whether NetworkPolicies keep everybody else away from the workers.',
    }),
    producersFrom: Type.Optional(
      podPartList(
        'Who may send events beside the pods of this namespace: peers of a NetworkPolicy.',
      ),
    ),
    metricsFrom: Type.Optional(
      podPartList('Who may read metrics; without it, every pod. Peers of a NetworkPolicy.'),
    ),
  },
  { default: {}, description: 'Who may reach the workers.' },
);

const update = Type.Object(
  {
    shardDeadlineSeconds: Type.Integer({
      minimum: 10,
      maximum: 86_400,
      default: 300,
      description: 'How long one shard may take to be ready and caught up before all goes back.',
    }),
    drainSeconds: Type.Integer({
      minimum: 5,
      maximum: 3_600,
      default: 60,
      description: 'How long a worker that is stopped may commit what it has acknowledged.',
    }),
  },
  { default: {}, description: 'How workers are replaced: one shard at a time.' },
);

const shardState = Type.Object({
  shard: Type.Integer({ description: 'Number of the shard.' }),
  pod: Type.String({ description: 'Its pod.' }),
  state: Type.String({ description: 'What it is doing, in a word.' }),
  epoch: Type.Optional(Type.Integer({ description: 'Epoch of its holder.' })),
  role: Type.Optional(
    Type.String({ description: 'What its worker is to it, where it lives in two regions.' }),
  ),
  producers: Type.Optional(Type.String({ description: 'Who is bound to it.' })),
});

const status = Type.Object(
  {
    observedGeneration: Type.Integer({ description: 'Generation that this status is about.' }),
    shards: Type.Integer({ description: 'Shards that have a worker.' }),
    readyShards: Type.Integer({ description: 'Shards that accept producers.' }),
    ready: Type.String({ description: 'Ready shards of all, as text.' }),
    producers: Type.String({ description: 'Bound producers of all, as text.' }),
    selector: Type.String({ description: 'Labels of the workers, for the scale subresource.' }),
    level: Type.String({ description: 'The worst level of the shards.' }),
    role: Type.Optional(
      Type.String({
        description: 'What this region is to the shards, such as primary, in sync; of two regions.',
      }),
    ),
    image: Type.String({ description: 'Image that the workers run.' }),
    bindingGeneration: Type.Integer({ description: 'Generation of the bindings in force.' }),
    shardStates: Type.Array(shardState, {
      description: 'The shards.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['shard'],
    }),
    conditions: conditionList(CLUSTER_CONDITIONS),
  },
  { description: 'What the operator has seen. It writes this, nobody else.' },
);

/** The workers' own settings, given as `pod-worker` has them, so that the two never differ. */
export function streamClusterSchema(workerSettings: TProperties) {
  const grouped: readonly string[] = Object.values(WORKER_SETTING_GROUPS).flat();
  const own: readonly string[] = OPERATOR_SETTINGS;
  const pick = (isWanted: (name: string) => boolean): TProperties =>
    Object.fromEntries(
      Object.entries(workerSettings)
        .filter(([name]) => isWanted(name))
        .map(([name, schema]) => [name, Type.Optional(withoutDefault(schema))]),
    );
  const inGroup = (group: readonly string[]): TProperties => pick((name) => group.includes(name));
  return Type.Object(
    {
      spec: Type.Object(
        {
          shards: Type.Integer({
            minimum: 1,
            maximum: SHARDS_MAX,
            default: 1,
            description: 'Number of workers. `kubectl scale` changes it; producers move as needed.',
          }),
          image: Type.Optional(
            Type.String({
              minLength: 1,
              description: "Image of the workers; without it the operator's own.",
            }),
          ),
          imagePullSecrets: Type.Optional(podPartList('Secrets that images are pulled with.')),
          clusterId: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 200,
              description:
                'Identity that journals and database are marked with; without it namespace/name.',
            }),
          ),
          binding: Type.Object(
            {
              mode: Type.Enum(['OneToOne', 'Bounded'], {
                default: 'OneToOne',
                description:
                  'OneToOne: a shard takes one producer. Bounded: several, spread by their weight.',
              }),
            },
            { default: {}, description: 'How producers are bound to shards.' },
          ),
          journal: Type.Object(
            {
              size: bytesQuantity({
                default: '10Gi',
                description:
                  'Size of the volume of each shard; the journal takes 80 % of it. It can grow.',
                ...rules({
                  rule: 'quantity(self).compareTo(quantity(oldSelf)) >= 0',
                  message: 'spec.journal.size cannot shrink: volumes only grow',
                  reason: 'FieldValueForbidden',
                }),
              }),
              storageClassName: Type.Optional(
                Type.String({
                  minLength: 1,
                  description: "Kind of the volumes; without it the cluster's default.",
                }),
              ),
              deletionPolicy: Type.Enum(['Retain', 'Delete'], {
                default: 'Retain',
                description: 'What becomes of the volumes when the StreamCluster is deleted.',
              }),
              ...inGroup(WORKER_SETTING_GROUPS.journal),
            },
            {
              default: {},
              description: 'The journal of each shard.',
              ...rules(
                unchangeableOptional(
                  'storageClassName',
                  'spec.journal.storageClassName',
                  'the volumes are there already',
                ),
              ),
            },
          ),
          postgres: Type.Object(
            {
              secretRef: secretKey(
                'url',
                'Where the connection URL is, postgres://user:password@host:port/name.',
              ),
            },
            { description: 'The database that events are committed to.' },
          ),
          ingest: Type.Object(
            { ...inGroup(WORKER_SETTING_GROUPS.ingest) },
            { default: {}, description: 'What is taken from producers.' },
          ),
          processing: Type.Object(
            pick((name) => !grouped.includes(name) && !own.includes(name)),
            { default: {}, description: 'What becomes of events: further settings of workers.' },
          ),
          region: Type.Optional(regionSchema(inGroup(WORKER_SETTING_GROUPS.region))),
          alertSecretRef: Type.Optional(
            secretKey(
              'secret',
              'Where the secret is that alerts are signed with; needed with ' +
                'processing.alertWebhookUrl.',
            ),
          ),
          network,
          placement,
          update,
          resources: Type.Optional(
            podPart<PodResources>(
              'Requests and limits of a worker; without it 100m of a core and 256Mi, up to 1Gi.',
            ),
          ),
        },
        {
          description: 'What is wanted.',
          ...rules(
            unchangeableOptional(
              'clusterId',
              'spec.clusterId',
              'journals and database are marked with it',
            ),
            {
              rule: '!has(self.region) || has(self.clusterId)',
              message: 'spec.clusterId is missing: with spec.region, both regions need the same',
              reason: 'FieldValueRequired',
            },
            {
              rule:
                '!has(self.region) || self.shards == 1 || ' +
                "self.region.peerAddress.contains('{shard}')",
              message: "spec.region.peerAddress must contain '{shard}' where there are several",
            },
          ),
        },
      ),
      status: Type.Optional(status),
    },
    {
      description:
        'A StreamCluster lands market-data feeds in a Postgres: its shards are workers, each ' +
        'with a journal of its own, to which Producers are bound.',
      ...rules(nameRule(NAME_LENGTH_MAX, 'pods and Services are named after it')),
    },
  );
}

/** What a worker has by itself shows in its description; only what is said is handed on. */
function withoutDefault<Setting extends object>(schema: Setting): Setting {
  if (!('default' in schema)) return schema;
  const { default: value, description, ...rest } = schema as SettingFacts;
  const told = `${description ?? ''} Without it: ${JSON.stringify(value)}.`;
  return { ...rest, description: told } as unknown as Setting;
}

interface SettingFacts {
  readonly default?: unknown;
  readonly description?: string;
}

interface PodResources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

type Schema = ReturnType<typeof streamClusterSchema>;

/** What is wanted, as the API server hands it out, with its defaults. */
export type StreamClusterSpec = Omit<
  Static<Schema>['spec'],
  'ingest' | 'processing' | 'journal' | 'resources' | 'region'
> & {
  readonly region?: WorkerSettings & {
    readonly name: string;
    readonly peerRegion: string;
    readonly peerAddress: string;
    readonly witness: string;
  };
  readonly ingest: WorkerSettings;
  readonly processing: WorkerSettings;
  readonly journal: WorkerSettings & {
    readonly size: string;
    readonly storageClassName?: string;
    readonly deletionPolicy: 'Retain' | 'Delete';
  };
  readonly resources?: PodResources;
};

export type StreamClusterStatus = Static<typeof status>;
