import type { Clock } from '@feedmill/core/clock';
import type { Static, TObject, TSchema } from 'typebox';
import type { Principal } from '../access/principal.ts';
import type { Scope } from '../access/scope.ts';
import type { Column, RawRow } from '../format/column.ts';
import type { GatewayLimits } from '../limits.ts';
import type { LiveClient, LiveOutlet } from '../live/live-client.ts';
import type { LiveHub } from '../live/live-hub.ts';
import type { AlertBoard } from '../observe/alert-board.ts';
import type { DrillBoard } from '../observe/drill-board.ts';
import type { FeedFacts } from '../observe/feed-facts.ts';
import type { Fleet } from '../observe/fleet.ts';
import type { Database, Positions } from '../query/database.ts';
import type { InstrumentNames } from '../query/instrument-names.ts';
import type { StrongReads } from '../query/strong-reads.ts';
import type { ReplayDesk } from '../replay/replay-desk.ts';
import type { SimulationDesk } from '../simulation/simulation-desk.ts';
import type { SwitchoverDesk } from '../switchover/switchover-desk.ts';

/** What the endpoints answer from. */
export interface Services {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  /** Name of this region. */
  readonly region: string;
  readonly database: Database;
  readonly instruments: InstrumentNames;
  readonly strongReads: StrongReads;
  readonly fleet: Fleet;
  readonly feedFacts: FeedFacts;
  readonly alerts: AlertBoard;
  readonly drills: DrillBoard;
  readonly live: LiveHub;
  readonly replays: ReplayDesk;
  readonly simulations: SimulationDesk;
  readonly switchovers: SwitchoverDesk;
}

/** A request that was admitted and whose parts are as their schemas say. */
export interface EndpointRequest<
  Query extends TObject,
  Path extends TObject,
  Body extends TSchema,
> {
  readonly principal: Principal;
  readonly query: Static<Query>;
  readonly path: Static<Path>;
  readonly body: Static<Body>;
  /** Header of a stream that goes on. */
  readonly lastEventId: string | undefined;
}

/** A page of rows, in whatever format was asked for. */
export interface RowsAnswer {
  readonly kind: 'rows';
  readonly columns: readonly Column[];
  readonly rows: readonly RawRow[];
  /** Where the next page begins; undefined on the last. */
  readonly next?: string | undefined;
  /** Of a strong read: the journal position of each shard that it saw. */
  readonly positions?: Positions | undefined;
}

export interface DocumentAnswer {
  readonly kind: 'document';
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EmptyAnswer {
  readonly kind: 'empty';
}

/** A live stream: what it tells begins once there is somewhere to write it. */
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly begin: (outlet: LiveOutlet) => LiveClient;
}

export type Answer = RowsAnswer | DocumentAnswer | EmptyAnswer | StreamAnswer;

/** What an endpoint's successful answers look like, for the OpenAPI document. */
export type AnswerShape =
  | { readonly kind: 'rows'; readonly columns: readonly Column[]; readonly isPaged: boolean }
  | { readonly kind: 'document'; readonly schema: TSchema; readonly status?: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'stream' };

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** One method of one path: everything that the server and the OpenAPI document need to know. */
export interface Endpoint {
  readonly method: Method;
  /** With `{name}` for what varies. */
  readonly path: string;
  readonly name: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Undefined: whatever key it is. */
  readonly scope: Scope | undefined;
  readonly query: TObject;
  readonly pathSchema: TObject;
  readonly body?: TSchema;
  readonly answer: AnswerShape;
  /** Kinds of problems beyond those that every endpoint may answer. */
  readonly problems?: readonly number[];
  handle(
    request: EndpointRequest<TObject, TObject, TSchema>,
    services: Services,
  ): Answer | Promise<Answer>;
}

export const TAGS = {
  instruments: 'What is traded, and what it is called.',
  market: 'Trades, quotes, bars and news, as they were or as they are now.',
  health: 'Feeds, shards, regions and switchovers, gaps, alerts and drills.',
  live: 'What happens now, history told again, and the simulated market.',
  access: 'Whose key this is.',
} as const;

export type Tag = keyof typeof TAGS;

interface EndpointOptions<Query extends TObject, Path extends TObject, Body extends TSchema>
  extends Omit<Endpoint, 'query' | 'pathSchema' | 'body' | 'handle'> {
  readonly query: Query;
  readonly pathSchema: Path;
  readonly body?: Body;
  handle(request: EndpointRequest<Query, Path, Body>, services: Services): Answer | Promise<Answer>;
}

/** Ties the handler's types to the schemas that its request was checked against. */
export const endpoint = <
  Query extends TObject,
  Path extends TObject,
  Body extends TSchema = TSchema,
>(
  options: EndpointOptions<Query, Path, Body>,
): Endpoint => options;
