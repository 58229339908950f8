import Type, { type Static } from 'typebox';

export const ConditionSchema = Type.Object(
  {
    type: Type.String({
      maxLength: 316,
      description: 'What is said, such as Ready or Degraded.',
    }),
    status: Type.Enum(['True', 'False', 'Unknown'], { description: 'Whether it is so.' }),
    observedGeneration: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Generation of the spec that this is about.' }),
    ),
    lastTransitionTime: Type.String({
      format: 'date-time',
      description: 'When the status became what it is.',
    }),
    reason: Type.String({
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?$',
      description: 'One word for programs.',
    }),
    message: Type.String({
      maxLength: 32_768,
      description: 'A sentence for people: what was seen, and what to do.',
    }),
  },
  { description: 'One thing that can be said about the object.' },
);

export type Condition = Static<typeof ConditionSchema>;

export const conditionList = (types: readonly string[]) =>
  Type.Array(ConditionSchema, {
    description: `What is so: ${types.join(', ')}.`,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  });
