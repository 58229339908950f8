import type { FeedEvent, FeedSymbol } from '@feedmill/core/event';
import type { SourceParameter } from '../source-parameters.ts';
import type { CaptureFiles } from './capture-files.ts';
import type { CaptureProblems } from './capture-problems.ts';

/** The files and the format's own parameters. */
export interface CaptureInput {
  readonly paths: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** What a reading works with. */
export interface CaptureContext {
  readonly files: CaptureFiles;
  readonly problems: CaptureProblems;
  readonly signal: AbortSignal;
}

/** How one kind of recorder writes its files. */
export interface CaptureFormat {
  readonly name: string;
  readonly meaning: string;
  readonly parameters: readonly SourceParameter[];
  readonly example: string;
  /** What is wrong with the input, as the second half of a sentence; undefined if nothing. */
  check(input: CaptureInput): string | undefined;
  /**
   * The files that a path stands for, where that is not itself.
   *
   * @throws FeedmillError SOURCE_FAILED when there is none
   */
  expand?(path: string, files: CaptureFiles): Promise<readonly string[]>;
  /**
   * All events of the files, in order and in pieces of any size; what cannot be read becomes a
   * rejected event. The same files give the same events, in memory that does not grow with them.
   *
   * @param input with the paths expanded
   * @throws FeedmillError SOURCE_FAILED when a file is missing or damaged
   */
  read(input: CaptureInput, context: CaptureContext): AsyncIterable<readonly FeedEvent[]>;
}

/** Turns the lines of a capture into events, in order. */
export interface LineMapper {
  /** The feed as a whole, for what belongs to no instrument. */
  readonly feed: FeedSymbol;
  map(line: string): readonly FeedEvent[];
  /** What is left at the end, where lines belong together. */
  end?(): readonly FeedEvent[];
}
