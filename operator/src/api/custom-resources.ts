import type { TProperties } from 'typebox';
import { openApiOf } from './open-api.ts';
import { ProducerSchema } from './producer.ts';
import { RegionSwitchoverSchema } from './region-switchover.ts';
import { streamClusterSchema } from './stream-cluster.ts';

export const API_GROUP = 'feedmill.dev';
export const API_VERSION = 'v1alpha1';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
}

interface Definition {
  readonly kind: string;
  readonly plural: string;
  /** `sc` and `rs` are StorageClass and ReplicaSet everywhere. */
  readonly shortName: string;
  readonly schema: object;
  readonly columns: readonly PrinterColumn[];
  readonly scale?: object;
}

const condition = (type: string, field = 'status'): string =>
  `.status.conditions[?(@.type=="${type}")].${field}`;

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
};

const definitions = (workerSettings: TProperties): readonly Definition[] => [
  {
    kind: 'StreamCluster',
    plural: 'streamclusters',
    shortName: 'stc',
    schema: streamClusterSchema(workerSettings),
    scale: {
      specReplicasPath: '.spec.shards',
      statusReplicasPath: '.status.shards',
      labelSelectorPath: '.status.selector',
    },
    columns: [
      { name: 'Shards', type: 'string', jsonPath: '.status.ready', description: 'ready of all' },
      {
        name: 'Producers',
        type: 'string',
        jsonPath: '.status.producers',
        description: 'bound of all',
      },
      { name: 'Level', type: 'string', jsonPath: '.status.level' },
      { name: 'Role', type: 'string', jsonPath: '.status.role', priority: 1 },
      { name: 'Ready', type: 'string', jsonPath: condition('Ready') },
      { name: 'Stable', type: 'string', jsonPath: condition('Stable') },
      { name: 'State', type: 'string', jsonPath: condition('Stable', 'reason') },
      { name: 'Image', type: 'string', jsonPath: '.status.image', priority: 1 },
      { name: 'Message', type: 'string', jsonPath: condition('Stable', 'message'), priority: 1 },
      age,
    ],
  },
  {
    kind: 'Producer',
    plural: 'producers',
    shortName: 'feed',
    schema: ProducerSchema,
    columns: [
      { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterRef.name' },
      { name: 'Source', type: 'string', jsonPath: '.spec.source.kind' },
      { name: 'Shard', type: 'integer', jsonPath: '.status.shard' },
      { name: 'State', type: 'string', jsonPath: '.status.state' },
      { name: 'Committed', type: 'integer', jsonPath: '.status.progress.committed' },
      { name: 'Address', type: 'string', jsonPath: '.status.address', priority: 1 },
      { name: 'Message', type: 'string', jsonPath: condition('Ready', 'message'), priority: 1 },
      age,
    ],
  },
  {
    kind: 'RegionSwitchover',
    plural: 'regionswitchovers',
    shortName: 'rsw',
    schema: RegionSwitchoverSchema,
    columns: [
      { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterRef.name' },
      { name: 'From', type: 'string', jsonPath: '.spec.from' },
      { name: 'To', type: 'string', jsonPath: '.spec.to' },
      { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      {
        name: 'Message',
        type: 'string',
        jsonPath: condition('Complete', 'message'),
        priority: 1,
      },
      age,
    ],
  },
];

/** A CustomResourceDefinition as it is sent to the API server. */
export interface CustomResourceDefinition {
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/**
 * The definitions of our objects.
 *
 * @param workerSettings the properties of a worker's configuration
 */
export function customResourceDefinitions(
  workerSettings: TProperties,
): readonly CustomResourceDefinition[] {
  return definitions(workerSettings).map((each) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${each.plural}.${API_GROUP}`,
      // Without the definitions all objects would be gone, with everything that belongs to them.
      annotations: { 'helm.sh/resource-policy': 'keep' },
    },
    spec: {
      group: API_GROUP,
      scope: 'Namespaced',
      names: {
        kind: each.kind,
        listKind: `${each.kind}List`,
        plural: each.plural,
        singular: each.kind.toLowerCase(),
        shortNames: [each.shortName],
        categories: ['feedmill'],
      },
      versions: [
        {
          name: API_VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: withRoot(openApiOf(each.schema)) },
          subresources: { status: {}, ...(each.scale === undefined ? {} : { scale: each.scale }) },
          additionalPrinterColumns: each.columns,
        },
      ],
    },
  }));
}

function withRoot(schema: ReturnType<typeof openApiOf>): object {
  const properties = schema['properties'] as object;
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...properties,
    },
  };
}
