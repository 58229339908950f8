import Type, { type Static } from 'typebox';

const MsSchema = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

/** What a drill leaves behind for those who look at it later, one file each. */
export const DrillReportSchema = Type.Object({
  id: Type.String({ pattern: '^[a-z0-9-]{1,80}$' }),
  drill: Type.String(),
  /** Milliseconds since 1970. */
  startedMs: Type.Integer({ minimum: 0 }),
  passed: Type.Boolean(),
  /** Of a drill that could not go on to its end; null otherwise. */
  why: Type.Union([Type.String(), Type.Null()]),
  repetitions: Type.Integer({ minimum: 0 }),
  /** Of the repetition that took longest; null without one. */
  streamRtoMs: MsSchema,
  storeRtoMs: MsSchema,
  acknowledged: Type.Integer({ minimum: 0 }),
  lost: Type.Integer({ minimum: 0 }),
  doubled: Type.Integer({ minimum: 0 }),
  /** Repetitions after which the regions' rows differed. */
  unequal: Type.Integer({ minimum: 0 }),
});

export type DrillReport = Static<typeof DrillReportSchema>;
