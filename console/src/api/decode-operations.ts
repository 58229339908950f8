// Replays, the simulated market, switchovers and drills: what the operate page shows.
import { wordOf } from './decode.ts';
import type { JsonFields } from './json-fields.ts';
import type { Drill, Replay, SimulatedFeed, Switchover, SwitchoverStep } from './shapes.ts';

const NANOS_PER_MS = 1_000_000n;

export function decodeReplay(json: JsonFields): Replay | undefined {
  const id = json.text('id');
  if (id === undefined) return undefined;
  return {
    id,
    state: wordOf(
      json.text('state'),
      ['running', 'paused', 'done', 'failed', 'stopped'],
      'unknown',
    ),
    instruments: json.texts('instruments'),
    fromNanos: json.integer('ts_from'),
    toNanos: json.integer('ts_to'),
    positionNanos: json.integer('ts_position'),
    speed: json.number('speed'),
    events: json.number('events'),
  };
}

export function decodeSimulatedFeed(json: JsonFields): SimulatedFeed | undefined {
  const feed = json.text('feed');
  if (feed === undefined) return undefined;
  return { feed, isRunning: json.flag('running') ?? false, rate: json.number('rate') };
}

export function decodeSwitchover(json: JsonFields): Switchover | undefined {
  const id = json.text('id');
  if (id === undefined) return undefined;
  return {
    id,
    from: json.text('from') ?? '',
    to: json.text('to') ?? '',
    state: wordOf(json.text('state'), ['running', 'done', 'failed'], 'running'),
    message: json.text('message'),
    steps: json.list('steps').map(decodeStep),
    pauseMs: json.number('pause_ms'),
  };
}

const decodeStep = (json: JsonFields): SwitchoverStep => ({
  name: json.text('name') ?? '',
  state: wordOf(json.text('state'), ['pending', 'running', 'done', 'failed'], 'pending'),
  tookMs: json.number('took_ms'),
});

export function decodeDrill(json: JsonFields): Drill | undefined {
  const id = json.text('id');
  if (id === undefined) return undefined;
  const started = json.integer('ts_started');
  return {
    id,
    name: json.text('drill') ?? id,
    startedMs: started === undefined ? undefined : Number(started / NANOS_PER_MS),
    passed: json.flag('passed') ?? false,
    streamRtoMs: json.number('stream_rto_ms'),
    storeRtoMs: json.number('store_rto_ms'),
    lostEvents: json.number('lost_events'),
  };
}
