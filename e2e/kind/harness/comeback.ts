import type { KindLab } from './kind-lab.ts';
import type { Pause } from './lab-pipeline.ts';

/** When what happened, of a shard that went and came back. All of it by this machine's clock. */
export interface Comeback {
  /** It was told to go. */
  readonly toldMs: number;
  /** The operating system started the program that is there now. */
  readonly startedMs: number;
  /** Its code is loaded, and it says so in its log. */
  readonly loadedMs: number;
  /** It has recovered what was acknowledged, and takes producers. */
  readonly openMs: number;
  /** Without an acknowledgement, of the feed that waited longest. */
  readonly pause: Pause;
}

/** The steps from one moment of it to the next, in their order; ms. */
export const STEPS: ReadonlyMap<string, (of: Comeback) => number> = new Map([
  ['to the last acknowledgement', (of) => of.pause.fromMs - of.toldMs],
  ['to the new process', (of) => of.startedMs - of.pause.fromMs],
  ['Node and the code loaded', (of) => of.loadedMs - of.startedMs],
  ['recovered and open', (of) => of.openMs - of.loadedMs],
  ['to the next acknowledgement', (of) => of.pause.toMs - of.openMs],
]);

const MILLIS_PER_TICK = 10;
const MILLIS_PER_SECOND = 1_000;
const START_FIELD = 21;

/** What a pod's worker, as it runs now, says of its own start. */
export async function lastStart(
  lab: KindLab,
  pod: string,
): Promise<Pick<Comeback, 'startedMs' | 'loadedMs' | 'openMs'>> {
  const at = await saidAt(lab, pod);
  return {
    startedMs: await startedAt(lab, pod),
    loadedMs: at('A worker starts.'),
    openMs: at('The worker accepts producers.'),
  };
}

/** When the worker's log said a line for the last time. */
async function saidAt(lab: KindLab, pod: string): Promise<(message: string) => number> {
  const lines = (await lab.kubectl('logs', pod))
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { msg: string; time: number });
  return (message) => {
    const line = lines.findLast(({ msg }) => msg === message);
    if (line === undefined) throw new Error(`${pod} never said: ${message}`);
    return line.time;
  };
}

/** When the worker's process was started: ticks since the machine's own start, as Linux counts. */
async function startedAt(lab: KindLab, pod: string): Promise<number> {
  const look =
    'for p in /proc/[0-9]*; do if grep -aq pod-worker/src[/]main $p/cmdline; then ' +
    'cat $p/stat; fi; done; cat /proc/uptime; date +%s.%N';
  const { stdout } = await lab.inPod(pod, 'sh', '-c', look);
  const [stat = '', uptime = '', now = ''] = stdout.trim().split('\n').slice(-3);
  const ticks = Number(stat.split(' ')[START_FIELD]);
  const sinceStartMs = Number(uptime.split(' ')[0]) * MILLIS_PER_SECOND - ticks * MILLIS_PER_TICK;
  const atMs = Number(now) * MILLIS_PER_SECOND - sinceStartMs;
  if (!Number.isFinite(atMs)) throw new Error(`${pod} says of its worker's process:\n${stdout}`);
  return atMs;
}
