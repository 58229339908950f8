import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const WorkerReadySchema = Type.Object({
  type: Type.Literal('ready'),
  shard: Type.Integer({ minimum: 0 }),
  epoch: Type.Integer({ minimum: 0 }),
  grpcAddress: Type.String(),
  httpAddress: Type.String(),
});

const GatewayReadySchema = Type.Object({
  type: Type.Literal('ready'),
  address: Type.String(),
  httpAddress: Type.String(),
});

/** Microseconds and how many events took so long. */
const HistogramSchema = Type.Array(Type.Tuple([Type.Number(), Type.Number()]));

const ConnectorReportSchema = Type.Object({
  type: Type.Union([Type.Literal('report'), Type.Literal('done')]),
  producer: Type.String(),
  /** Null before the first welcome by a worker. */
  shard: Type.Union([Type.Number(), Type.Null()]),
  /** Highest sequence sent, acknowledged as durable, and in Postgres, over all starts. */
  sent: Type.Number(),
  durable: Type.Number(),
  committed: Type.Number(),
  /** Sequence that this start of the connector went on behind. */
  resumedAfter: Type.Number(),
  /** How much of the source was read, 0 to 1; null where its end is not known. */
  fraction: Type.Union([Type.Number(), Type.Null()]),
  /** Only in `done`: from send to the committed row. */
  histograms: Type.Optional(Type.Object({ committed: HistogramSchema })),
  /** What the source counted but did not make an event of, by kind. */
  problems: Type.Record(Type.String(), Type.Number()),
});

const WitnessReadySchema = Type.Object({
  type: Type.Literal('ready'),
  grpcAddress: Type.String(),
});

/** A worker accepts producers. */
export type WorkerReady = Static<typeof WorkerReadySchema>;
/** A gateway answers. */
export type GatewayReady = Static<typeof GatewayReadySchema>;
/** A witness answers. */
type WitnessReady = Static<typeof WitnessReadySchema>;
/** How far a connector is; `done` once its source is exhausted and all of it committed. */
export type ConnectorReport = Static<typeof ConnectorReportSchema>;

/** Undefined for messages of another kind: a newer program may send some that we do not know. */
export function parseWorkerReady(message: unknown): WorkerReady | undefined {
  return Value.Check(WorkerReadySchema, message) ? message : undefined;
}

export function parseGatewayReady(message: unknown): GatewayReady | undefined {
  return Value.Check(GatewayReadySchema, message) ? message : undefined;
}

export function parseWitnessReady(message: unknown): WitnessReady | undefined {
  return Value.Check(WitnessReadySchema, message) ? message : undefined;
}

export function parseConnectorReport(message: unknown): ConnectorReport | undefined {
  return Value.Check(ConnectorReportSchema, message) ? message : undefined;
}
