import Type, { type Static } from 'typebox';
import { conditionList } from './conditions.ts';
import { nameRule, podPart, rules, secretKey, unchangeable } from './schema-parts.ts';

/** Conditions of a Producer. */
const PRODUCER_CONDITIONS = ['Ready', 'Bound', 'Connected'] as const;

const NAME_LENGTH_MAX = 57;
const SHARD_MAX = 255;

const source = Type.Object(
  {
    kind: Type.Enum(['Push', 'Connector'], {
      default: 'Push',
      description: 'Push: a program sends. Connector: Feedmill reads the source itself.',
    }),
    connector: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description:
          'What a Connector reads, such as simulated:market?rate=2000; see `feedmill sources`.',
      }),
    ),
    files: Type.Optional(
      Type.Object(
        {
          claimName: Type.String({
            minLength: 1,
            maxLength: 253,
            description: 'A PersistentVolumeClaim; it is mounted at /files, to be read only.',
          }),
        },
        { description: 'Files that a Connector reads.' },
      ),
    ),
    state: Type.Optional(
      Type.Object(
        {
          claimName: Type.String({
            minLength: 1,
            maxLength: 253,
            description:
              'A PersistentVolumeClaim of this Producer alone; what is on it outlives the pod.',
          }),
        },
        {
          description:
            'Where a Connector keeps what it has sent and its numbers: polled and news sources, ' +
            'live venues and FIX sessions go on from there. Without it that is lost with the pod.',
        },
      ),
    ),
    environmentFrom: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        description: 'A Secret whose keys a Connector has in its environment, for keys of an API.',
      }),
    ),
    resources: Type.Optional(
      podPart<object>('Requests and limits of a Connector; without it 50m of a core and 128Mi.'),
    ),
  },
  {
    default: {},
    description: 'Where the events come from.',
    ...rules(
      {
        rule: "self.kind != 'Connector' || has(self.connector)",
        message: 'spec.source.connector is missing: it says what a Connector reads',
        reason: 'FieldValueRequired',
      },
      {
        rule: "self.kind != 'Push' || !has(self.connector)",
        message: 'spec.source.connector is for kind Connector; a Push producer sends by itself',
        reason: 'FieldValueForbidden',
      },
    ),
  },
);

const service = Type.Object(
  {
    type: Type.Enum(['ClusterIP', 'NodePort', 'LoadBalancer'], {
      default: 'ClusterIP',
      description: 'How it is reached: from within the cluster alone, or from outside as well.',
    }),
    annotations: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Annotations of the Service, by which load balancers and DNS are told more.',
      }),
    ),
  },
  { default: {}, description: "The Producer's own Service, feed-NAME." },
);

const progress = Type.Object(
  {
    received: Type.Integer({ description: 'Highest sequence that was received.' }),
    durable: Type.Integer({ description: 'Highest sequence that survives the loss of a pod.' }),
    committed: Type.Integer({ description: 'Highest sequence in Postgres.' }),
    gaps: Type.Integer({ description: "Gaps in the venue's numbers, since the worker started." }),
    deadLetters: Type.Integer({ description: 'Dead letters, since the worker started.' }),
    time: Type.String({ format: 'date-time', description: 'When it was so.' }),
  },
  { description: 'How far it is; written at most once a minute. The metrics are newer.' },
);

const status = Type.Object(
  {
    observedGeneration: Type.Integer({ description: 'Generation that this status is about.' }),
    shard: Type.Optional(Type.Integer({ description: 'The shard that it is bound to.' })),
    address: Type.String({ description: 'host:port to send to; it never changes.' }),
    bindingGeneration: Type.Optional(
      Type.Integer({ description: 'Generation of the bindings that this is from.' }),
    ),
    state: Type.String({ description: 'What it is doing, in a word.' }),
    progress: Type.Optional(progress),
    conditions: conditionList(PRODUCER_CONDITIONS),
  },
  { description: 'What the operator has seen. It writes this, nobody else.' },
);

export const ProducerSchema = Type.Object(
  {
    spec: Type.Object(
      {
        clusterRef: Type.Object(
          {
            name: Type.String({
              minLength: 1,
              maxLength: 253,
              description: 'Name of the StreamCluster, in the same namespace.',
            }),
          },
          {
            description: 'The StreamCluster that takes the events.',
            ...rules(
              unchangeable('spec.clusterRef', 'make another Producer for another StreamCluster'),
            ),
          },
        ),
        source,
        service,
        credentials: Type.Optional(
          Type.Object(
            {
              tokenSecretRef: Type.Optional(
                secretKey('token', 'The token that the producer must show.'),
              ),
            },
            {
              description:
                'How the producer proves who it is. Its certificate does as well, where it has ' +
                'one with its own name.',
            },
          ),
        ),
        otherAddress: Type.Optional(
          Type.String({
            pattern: '^[^:]+:[0-9]+$',
            maxLength: 253,
            description:
              'host:port of the same Producer in the other region: where its Connector goes when ' +
              'this region is silent or has handed over.',
          }),
        ),
        weight: Type.Integer({
          minimum: 1,
          maximum: 1_000_000,
          default: 1,
          description: "Its expected share of the load, in any unit that the cluster's share.",
        }),
        pinnedShard: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: SHARD_MAX,
            description: 'The one shard that it may be bound to.',
          }),
        ),
      },
      { description: 'What is wanted.' },
    ),
    status: Type.Optional(status),
  },
  {
    description:
      'A Producer is one feed: a stream of numbered events, bound to one shard of a ' +
      'StreamCluster. It sends to the Service feed-NAME, whatever its shard.',
    ...rules(nameRule(NAME_LENGTH_MAX, 'a Service is named after it')),
  },
);

export type ProducerSpec = Static<typeof ProducerSchema>['spec'];
export type ProducerStatus = Static<typeof status>;
