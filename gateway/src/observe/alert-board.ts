import type { Clock } from '@feedmill/core/clock';
import { lagText } from '@feedmill/core/number-text';
import type { BreakerState } from '../query/circuit-breaker.ts';
import type { Fleet, ShardView } from './fleet.ts';

export const SEVERITIES = ['critical', 'warning', 'info'] as const;

/** Something that somebody should look at, for as long as it is so. */
export interface Alert {
  /** The same for as long as it lasts. */
  readonly id: string;
  readonly severity: (typeof SEVERITIES)[number];
  readonly title: string;
  readonly detail: string;
  /** The shard, feed or database that it is about. */
  readonly subject: string;
  /** Wall clock, ns since 1970, when it was first seen here. */
  readonly sinceNanos: bigint;
}

type Finding = Omit<Alert, 'sinceNanos'>;

export interface AlertBoardOptions {
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly breaker: () => BreakerState;
}

/** What is wrong now, as far as the workers and Postgres show it, and since when. */
export class AlertBoard {
  readonly #options: AlertBoardOptions;
  #alerts: readonly Alert[] = [];

  constructor(options: AlertBoardOptions) {
    this.#options = options;
  }

  /** The worst first, then the oldest. */
  get alerts(): readonly Alert[] {
    return this.#alerts;
  }

  /** Looks again; called after every round of questions to the workers. */
  look(): void {
    const { clock, fleet, breaker } = this.#options;
    const before = new Map(this.#alerts.map((alert) => [alert.id, alert]));
    const found = [...databaseFindings(breaker()), ...fleet.shards.flatMap(shardFindings)];
    const nowNanos = clock.wallNanos();
    this.#alerts = found
      .map((finding) => ({
        ...finding,
        sinceNanos: before.get(finding.id)?.sinceNanos ?? nowNanos,
      }))
      .sort(
        (one, other) =>
          SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
          Number(one.sinceNanos - other.sinceNanos),
      );
  }
}

function databaseFindings(breaker: BreakerState): Finding[] {
  if (breaker === 'closed') return [];
  return [
    {
      id: 'store-unavailable',
      severity: 'critical',
      title: 'Postgres does not answer the gateway',
      detail:
        'Questions about history are refused until it does. Feeds go on into the journals and ' +
        'live streams go on.',
      subject: 'postgres',
    },
  ];
}

function shardFindings(view: ShardView): Finding[] {
  const { shard, isUp, address, snapshot } = view;
  const subject = `shard ${shard}`;
  if (!isUp) {
    return [
      {
        id: `shard-${shard}-down`,
        severity: 'critical',
        title: `Shard ${shard} does not answer`,
        detail:
          `Its worker at ${address} is away. What it acknowledged is in its journal; its feeds ` +
          'wait until it is back.',
        subject,
      },
    ];
  }
  return [...levelFindings(view, subject), ...silentFeeds(view, snapshot?.producers ?? [])];
}

function levelFindings({ shard, snapshot }: ShardView, subject: string): Finding[] {
  switch (snapshot?.level) {
    case 'full':
      return [
        {
          id: `shard-${shard}-full`,
          severity: 'critical',
          title: `The journal of shard ${shard} is full`,
          detail: 'Its feeds are refused until Postgres has taken some of it.',
          subject,
        },
      ];
    case 'spilling':
      return [
        {
          id: `shard-${shard}-spilling`,
          severity: 'critical',
          title: `Shard ${shard} writes to its journal alone`,
          detail: 'Postgres does not take its rows; they follow in order when it does.',
          subject,
        },
      ];
    case 'lagging':
      return [
        {
          id: `shard-${shard}-lagging`,
          severity: 'warning',
          title: `Shard ${shard} is behind`,
          detail: `Its oldest event that is not in Postgres is ${lagText(snapshot.lagMs)} old.`,
          subject,
        },
      ];
    default:
      return [];
  }
}

const silentFeeds = (
  { shard }: ShardView,
  producers: readonly { readonly producer: string; bound: boolean; connected: boolean }[],
): Finding[] =>
  producers
    .filter(({ bound, connected }) => bound && !connected)
    .map(({ producer }) => ({
      id: `feed-${producer}-away`,
      severity: 'warning',
      title: `Feed ${producer} is not connected`,
      detail: `Shard ${shard} waits for it.`,
      subject: producer,
    }));
