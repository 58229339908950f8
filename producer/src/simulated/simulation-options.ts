import { type SourceParameter, type SourceParameters, specError } from '../source-parameters.ts';
import { FAULT_SHARE_MAX, RATE_MAX, RATE_MIN } from './limits.ts';

/** What a simulated market is made of. The same options give the same events. */
export interface SimulationOptions {
  readonly seed: number;
  /** Events per second of event time. */
  readonly rate: number;
  /** Number of events, status events included; undefined: without end. */
  readonly events: number | undefined;
  /** Event time of the first event, ns; undefined: live, or `UNPACED_START` at speed 0. */
  readonly startNanos: bigint | undefined;
  /** Weights of the three kinds of market event. */
  readonly trades: number;
  readonly quotes: number;
  readonly news: number;
  /** Share of events before which a venue's sequence skips numbers. */
  readonly gaps: number;
  /** Share of events that repeat the one before with its venue sequence. */
  readonly duplicates: number;
  /** Share of events that are trades reported 0.2 to 3 s late. */
  readonly late: number;
  /** Share of events that cancel or correct a recent trade. */
  readonly corrections: number;
  /** The parameters as they were given. */
  readonly given: Readonly<Record<string, string>>;
}

/**
 * Start at speed 0 where none is given. As fast as it is taken no event has to do with the clock,
 * so two runs, or a run and its resumption, shall be equal.
 */
const UNPACED_START = '2025-01-06T14:30:00Z';

const EVENTS_MAX = Number.MAX_SAFE_INTEGER;
const NANOS_PER_MS = 1_000_000n;

const DEFAULTS = {
  rate: 2_000,
  seed: 1,
  trades: 0.4,
  quotes: 0.6,
  news: 0.0002,
  gaps: 0.00002,
  duplicates: 0.0001,
  late: 0.0001,
  corrections: 0.00005,
} as const;

type NumberName = keyof typeof DEFAULTS;

const WEIGHT = { min: 0, max: 1e6 };
const SHARE = { min: 0, max: FAULT_SHARE_MAX };
const RULES = {
  rate: { min: RATE_MIN, max: RATE_MAX },
  seed: { min: 0, max: 0xffff_ffff, integer: true },
  trades: WEIGHT,
  quotes: WEIGHT,
  news: WEIGHT,
  gaps: SHARE,
  duplicates: SHARE,
  late: SHARE,
  corrections: SHARE,
} as const;

const NUMBER_MEANINGS: Readonly<Record<NumberName, string>> = {
  rate: 'events per second of event time',
  seed: 'whole number; another seed is another market',
  trades: 'weight of trades in the mix; 0: none',
  quotes: 'weight of quotes in the mix; 0: none',
  news: 'weight of headlines in the mix; 0: none; at most that of trades and quotes together',
  gaps: 'share of events before which a venue skips sequence numbers; marked SYNTHETIC',
  duplicates: 'share of events that repeat the one before; marked SYNTHETIC',
  late: 'share of events that are trades reported 0.2 to 3 s late; marked SYNTHETIC',
  corrections: 'share of events that cancel or correct a recent trade; marked SYNTHETIC',
};

const numberParameters = (Object.keys(DEFAULTS) as NumberName[]).map(
  (name): SourceParameter => ({
    name,
    meaning: NUMBER_MEANINGS[name],
    defaultText: decimalText(DEFAULTS[name]),
  }),
);

export const SIMULATION_PARAMETERS: readonly SourceParameter[] = [
  ...numberParameters,
  { name: 'events', meaning: 'number of events, the last says the end', defaultText: 'no end' },
  {
    name: 'start',
    meaning: 'event time of the first event, ISO 8601 with zone',
    defaultText: `now and live; at speed 0 ${UNPACED_START}`,
  },
];

/** @throws FeedmillError SOURCE_INVALID */
export function readSimulationOptions(
  spec: string,
  parameters: SourceParameters,
): SimulationOptions {
  const number = (name: NumberName): number =>
    parameters.number(name, RULES[name]) ?? DEFAULTS[name];
  const given: Record<string, string> = {};
  for (const { name } of SIMULATION_PARAMETERS) {
    const text = parameters.text(name);
    if (text !== undefined) given[name] = text;
  }
  const options: SimulationOptions = {
    seed: number('seed'),
    rate: number('rate'),
    events: parameters.number('events', { min: 1, max: EVENTS_MAX, integer: true }),
    startNanos: readStart(spec, parameters.text('start')),
    trades: number('trades'),
    quotes: number('quotes'),
    news: number('news'),
    gaps: number('gaps'),
    duplicates: number('duplicates'),
    late: number('late'),
    corrections: number('corrections'),
    given,
  };
  const regular = options.trades + options.quotes;
  if (regular + options.news === 0) {
    throw specError(spec, 'trades, quotes and news all have weight 0; give one of them a weight');
  }
  if (regular > 0 && options.news > regular) {
    throw specError(
      spec,
      `news has weight ${options.news}, trades and quotes together ${regular}; ` +
        'give news at most as much, or the other two 0',
    );
  }
  return options;
}

/** Options as a SPEC without parameters has them, but for `changes`. */
export function simulationDefaults(changes: Partial<SimulationOptions> = {}): SimulationOptions {
  return { ...DEFAULTS, events: undefined, startNanos: undefined, given: {}, ...changes };
}

/** The time `UNPACED_START` in nanoseconds. */
export function unpacedStartNanos(): bigint {
  return BigInt(Date.parse(UNPACED_START)) * NANOS_PER_MS;
}

function readStart(spec: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
  const ms = shape.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw specError(
      spec,
      `start is '${text}'; write a time with its zone, e.g. start=${UNPACED_START}`,
    );
  }
  return BigInt(ms) * NANOS_PER_MS;
}

function decimalText(value: number): string {
  return value < 1e-6 ? value.toFixed(9) : String(value);
}
