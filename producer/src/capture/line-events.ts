import type { FeedEvent } from '@feedmill/core/event';
import { rejectedEvent } from '../venues/rejection.ts';
import type { CaptureContext, LineMapper } from './capture-format.ts';
import { type LineFault, LineSplitter } from './line-splitter.ts';
import { unpackedBytes } from './unpacked-bytes.ts';

/** The events of files of lines, one after the other as one session. */
export async function* lineEvents(
  paths: readonly string[],
  mapper: LineMapper,
  context: CaptureContext,
): AsyncIterable<readonly FeedEvent[]> {
  const events = new LineEvents(mapper, context);
  for (const path of paths) {
    context.problems.begin(path);
    const lines = new LineSplitter();
    for await (const bytes of bytesOf(path, context)) {
      lines.push(bytes);
      const mapped: FeedEvent[] = [];
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        events.add(line, mapped);
      }
      if (mapped.length > 0) yield mapped;
    }
    if (context.signal.aborted) return;
    const last = lines.end();
    if (last === undefined) continue;
    const mapped: FeedEvent[] = [];
    events.add(last, mapped);
    yield mapped;
  }
  const rest = mapper.end?.() ?? [];
  if (rest.length > 0) yield rest;
}

/** The content of a file, unpacked where it is packed. */
export const bytesOf = (
  path: string,
  { files, signal }: CaptureContext,
): AsyncIterable<Uint8Array> => unpackedBytes(path, files.read(path, signal), signal);

class LineEvents {
  readonly #mapper: LineMapper;
  readonly #context: CaptureContext;
  #latestRecv = 0n;

  constructor(mapper: LineMapper, context: CaptureContext) {
    this.#mapper = mapper;
    this.#context = context;
  }

  add(line: string | LineFault, mapped: FeedEvent[]): void {
    const { problems } = this.#context;
    problems.line += 1;
    if (line === '') return;
    if (typeof line !== 'string') {
      problems.count(line.kind, line.detail);
      const at = { symbol: this.#mapper.feed, tsRecv: this.#latestRecv };
      mapped.push(rejectedEvent(at, line.kind, line.detail, line.raw));
      return;
    }
    for (const event of this.#mapper.map(line)) {
      this.#latestRecv = event.tsRecv;
      mapped.push(event);
    }
  }
}
