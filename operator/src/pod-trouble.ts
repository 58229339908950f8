import type { ContainerStatus, Pod } from './objects.ts';

/** Reasons of a container that waits for something which does not come by itself. */
const LASTING_REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
]);

const WORDS_MAX = 600;

/** Why a pod cannot work, where Kubernetes says so and it does not pass by itself. */
export function podTrouble(pod: Pod): string | undefined {
  for (const status of pod.status?.containerStatuses ?? []) {
    const { reason = '', message = '' } = status.state?.waiting ?? {};
    if (!LASTING_REASONS.has(reason)) continue;
    const words = reason === 'CrashLoopBackOff' ? (lastWords(status) ?? message) : message;
    return sentence(`${reason}: ${words.slice(0, WORDS_MAX)}`);
  }
  return undefined;
}

/** What follows begins a sentence of its own. */
const sentence = (words: string): string => (words.endsWith('.') ? words : `${words}.`);

/** Why a pod has not begun: no node takes it. */
export function schedulingTrouble(pod: Pod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False'
    ? `${scheduled.reason ?? 'not scheduled'}: ${scheduled.message ?? ''}`
    : undefined;
}

/** What the container said when it ended with a fault the last time. */
export function lastWords(status: ContainerStatus | undefined): string | undefined {
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  if (ended === undefined || ended.exitCode === 0) return undefined;
  const words = saidLast(ended.message ?? '');
  return words === '' ? `it ended with exit code ${ended.exitCode} (${ended.reason ?? ''})` : words;
}

/** The sentence of the last line, which is JSON where the program got as far as logging. */
function saidLast(log: string): string {
  const line = log.trimEnd().split('\n').pop() ?? '';
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line;
  }
}
