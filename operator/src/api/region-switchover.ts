import Type, { type Static } from 'typebox';
import { conditionList } from './conditions.ts';
import { rules, unchangeable } from './schema-parts.ts';

const step = Type.Object({
  name: Type.Enum(['InSync', 'HandOver'], {
    description: 'InSync: both regions hold the same. HandOver: the other one takes over.',
  }),
  startedAt: Type.String({ format: 'date-time', description: 'Written before it is begun.' }),
  deadline: Type.String({ format: 'date-time', description: 'By then it has to be done.' }),
  finishedAt: Type.Optional(Type.String({ format: 'date-time', description: 'When it was done.' })),
  message: Type.Optional(Type.String({ description: 'What came of it.' })),
});

const status = Type.Object(
  {
    observedGeneration: Type.Integer({ description: 'Generation of this status.' }),
    phase: Type.Enum(['Synchronizing', 'HandingOver', 'Complete', 'Failed'], {
      description: 'What it is at, in a word.',
    }),
    steps: Type.Array(step, {
      description: 'What was done and is being done; written before it is acted on.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
    conditions: conditionList(['Complete', 'Failed']),
  },
  { description: 'What the operator has done. It writes this, nobody else.' },
);

export const RegionSwitchoverSchema = Type.Object(
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
          { description: 'The StreamCluster whose shards change their region.' },
        ),
        from: Type.String({ minLength: 1, maxLength: 63, description: 'Region that leads now.' }),
        to: Type.String({ minLength: 1, maxLength: 63, description: 'Region that shall lead.' }),
        mode: Type.Enum(['Planned', 'Forced'], {
          default: 'Planned',
          description:
            'Planned: both regions are at the same position first; nothing is lost. Forced: at ' +
            'once, also where the other region does not answer; what it alone has is given up.',
        }),
      },
      {
        description: 'What is wanted. It is done once.',
        ...rules(unchangeable('spec', 'a switchover is done once; make another one'), {
          rule: 'self.from != self.to',
          message: 'spec.to must be another region than spec.from',
        }),
      },
    ),
    status: Type.Optional(status),
  },
  { description: 'A RegionSwitchover moves all shards of a StreamCluster to another region.' },
);

export type RegionSwitchoverSpec = Static<typeof RegionSwitchoverSchema>['spec'];
export type RegionSwitchoverStatus = Static<typeof status>;
export type SwitchoverStep = Static<typeof step>;
