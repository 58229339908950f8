import type { Sequence } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import { paceChunks } from '../pace.ts';
import type { Source, SourceProgress } from '../source.ts';
import type { CaptureFiles } from './capture-files.ts';
import type { CaptureFormat, CaptureInput } from './capture-format.ts';
import { CaptureProblems } from './capture-problems.ts';
import { CHUNK_EVENTS_MAX } from './limits.ts';
import { SessionEvents } from './session-events.ts';

/** What is played back, for whom, and how fast. */
export interface CaptureRequest extends CaptureInput {
  readonly producer: string;
  /** 1: as recorded; any factor; 0: as fast as it is taken. */
  readonly speed: number;
}

export interface CaptureSourceDeps {
  readonly clock: Clock;
  readonly files: CaptureFiles;
  /** Takes one sentence for the log. */
  readonly warn: (sentence: string) => void;
}

/**
 * Recorded files as one continuous session in the given order. An event's number is its place in
 * the session, so a later run finds the same event at the same number by reading from the start;
 * memory is bounded by the longest line whatever the size of the files.
 */
export class CaptureSource implements Source {
  readonly producer: string;
  readonly #request: CaptureRequest;
  readonly #format: CaptureFormat;
  readonly #deps: CaptureSourceDeps;
  readonly #problems: CaptureProblems;
  #bytesTotal = 0;
  #bytesRead = 0;
  #isExhausted = false;

  constructor(request: CaptureRequest, format: CaptureFormat, deps: CaptureSourceDeps) {
    this.producer = request.producer;
    this.#request = request;
    this.#format = format;
    this.#deps = deps;
    this.#problems = new CaptureProblems(deps.warn);
  }

  /**
   * @throws FeedmillError SOURCE_FAILED when a file is missing or damaged, or when the capture has
   *   fewer events than `after`, so that it cannot be the one that was played before
   */
  events(after: Sequence, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    return paceChunks(this.#chunks(after, signal), this.#deps.clock, this.#request.speed, signal);
  }

  /** By the bytes of the files as they are on disk, packed or not. */
  progress(): SourceProgress {
    let fraction = 0;
    if (this.#isExhausted) fraction = 1;
    else if (this.#bytesTotal > 0) fraction = Math.min(1, this.#bytesRead / this.#bytesTotal);
    return { fraction, problems: this.#problems.counts() };
  }

  async *#chunks(after: number, signal: AbortSignal): AsyncIterable<readonly FeedEvent[]> {
    const session = new SessionEvents(after);
    this.#problems.reset();
    this.#bytesRead = 0;
    this.#isExhausted = false;
    this.#bytesTotal = 0;
    const paths = await expandPaths(this.#format, this.#request.paths, this.#deps.files);
    for (const path of paths) this.#bytesTotal += await this.#deps.files.sizeOf(path);
    const files = new CountedFiles(this.#deps.files, (bytes) => {
      this.#bytesRead += bytes;
    });
    const context = { files, problems: this.#problems, signal };
    for await (const events of this.#format.read({ ...this.#request, paths }, context)) {
      session.add(events);
      while (session.gatheredCount >= CHUNK_EVENTS_MAX) {
        yield session.take();
        if (signal.aborted) return;
      }
    }
    if (signal.aborted) return;
    session.end('end of capture');
    if (session.count < after) throw this.#tooShort(after, session.count);
    while (session.gatheredCount > 0) yield session.take();
    this.#isExhausted = true;
  }

  #tooShort(after: number, count: number): FeedmillError {
    return new FeedmillError(
      'SOURCE_FAILED',
      `The capture '${this.#request.paths.join(',')}' holds ${count} events, but ${after} of ` +
        `producer '${this.producer}' have been taken before: it is another capture or was cut. ` +
        'Give it another name with ?producer=NAME.',
    );
  }
}

/** The files that the paths of a capture stand for, in their order. */
async function expandPaths(
  format: CaptureFormat,
  paths: readonly string[],
  files: CaptureFiles,
): Promise<readonly string[]> {
  if (format.expand === undefined) return paths;
  const expanded: string[] = [];
  for (const path of paths) expanded.push(...(await format.expand(path, files)));
  return [...new Set(expanded)];
}

/** Files whose bytes are counted as they are read. */
class CountedFiles implements CaptureFiles {
  readonly #files: CaptureFiles;
  readonly #count: (bytes: number) => void;

  constructor(files: CaptureFiles, count: (bytes: number) => void) {
    this.#files = files;
    this.#count = count;
  }

  sizeOf(path: string): Promise<number> {
    return this.#files.sizeOf(path);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#files.list(folder);
  }

  async *read(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    for await (const bytes of this.#files.read(path, signal)) {
      this.#count(bytes.length);
      yield bytes;
    }
  }
}
