import type { FeedEvent } from '@feedmill/core/event';
import type { SourceParameter } from '../source-parameters.ts';
import type { CaptureProblems } from './capture-problems.ts';

/** Turns the lines of a capture into events, in order; counts what it cannot read. */
export interface LineMapper {
  map(line: string): readonly FeedEvent[];
}

/** The files and the format's own parameters. */
export interface CaptureInput {
  readonly paths: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** How one kind of recorder writes its files. */
export interface CaptureFormat {
  readonly name: string;
  readonly meaning: string;
  readonly parameters: readonly SourceParameter[];
  readonly example: string;
  /** What is wrong with the input, as the second half of a sentence; undefined if nothing. */
  check(input: CaptureInput): string | undefined;
  open(input: CaptureInput, problems: CaptureProblems): LineMapper;
}
