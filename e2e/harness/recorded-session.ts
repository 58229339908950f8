import { readFileSync } from 'node:fs';
import {
  hasRecordedData,
  NEEDS_RECORDED_DATA,
  recordedPath,
} from '@feedmill/producer/capture/testing/recorded-data';

export { hasRecordedData, NEEDS_RECORDED_DATA };

/** The messages that a recorded websocket has received, in their order. */
export function recordedMessages(name: string): string[] {
  return linesOf(name).flatMap((line) => /^\d+\.\d+: (.*)$/.exec(line)?.[1] ?? []);
}

/** Recorded REST answers of a venue, by their path. */
export function recordedAnswers(name: string): Map<string, string> {
  const answers = new Map<string, string>();
  for (const line of linesOf(name)) {
    const [, path, body] = /^https?:\/\/[^/]+(\/\S*) -> \d+\.\d+: (.*)$/.exec(line) ?? [];
    if (path !== undefined && body !== undefined) answers.set(path, body);
  }
  return answers;
}

const linesOf = (name: string): string[] =>
  readFileSync(recordedPath(`websocket/${name}`), 'utf8').split('\n');
