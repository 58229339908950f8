import { FeedmillError } from '@feedmill/core/errors';
import type { FeedEvent } from '@feedmill/core/event';
import { parseDecimal } from '@feedmill/core/fixed-point';
import { FeedLines } from '../venues/feed-lines.ts';
import { rejectedEvent } from '../venues/rejection.ts';
import type { Connection, Venue } from '../venues/venue-mapper.ts';
import { venueNamed } from '../venues/venues.ts';
import type { CaptureFiles } from './capture-files.ts';
import type { CaptureContext, CaptureInput } from './capture-format.ts';
import { bytesOf } from './line-events.ts';
import { type LineFault, LineSplitter } from './line-splitter.ts';

/** What cryptofeed's recorder writes: one line of a file. */
type Recorded =
  /** Received by websocket. */
  | { readonly kind: 'message'; readonly at: bigint; readonly text: string }
  /** A websocket has opened. */
  | { readonly kind: 'opened'; readonly at: bigint; readonly url: string; readonly stamp: string }
  /** Answered by REST. */
  | { readonly kind: 'answer'; readonly at: bigint; readonly url: string; readonly text: string }
  /** Sent, or a note of the recorder. */
  | { readonly kind: 'other' }
  | { readonly kind: 'fault'; readonly fault: LineFault };

const MESSAGE = /^(\d{1,10}(?:\.\d{1,9})?): /;
const OPENED = /^(\S+) <-> (\d{1,10}(?:\.\d{1,9})?)$/;
const SENT = /^\S+ <- \d+(?:\.\d+)?: /;
const ANSWER = /^(\S+) -> (\d{1,10}(?:\.\d{1,9})?): /;
const NOTE = /^configuration: /;

/** A decimal of seconds times 1e9 is the time in nanoseconds, exactly. */
const nanosOf = (seconds: string | undefined): bigint => BigInt(parseDecimal(seconds ?? ''));

function readLine(line: string): Recorded {
  const message = MESSAGE.exec(line);
  if (message !== null) {
    return { kind: 'message', at: nanosOf(message[1]), text: line.slice(message[0].length) };
  }
  const answer = ANSWER.exec(line);
  if (answer !== null) {
    const [head, url = '', at] = answer;
    return { kind: 'answer', at: nanosOf(at), url, text: line.slice(head.length) };
  }
  const opened = OPENED.exec(line);
  if (opened !== null) {
    const [, url = '', stamp = ''] = opened;
    return { kind: 'opened', at: nanosOf(stamp), url, stamp };
  }
  if (line === '' || SENT.test(line) || NOTE.test(line)) return { kind: 'other' };
  const detail = 'the line is no message, answer or connection of the recorder';
  return { kind: 'fault', fault: { kind: 'malformed', detail, raw: Buffer.from(line) } };
}

/** A file that is read line by line, with the next line in hand. */
class RecordedFile {
  readonly path: string;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #lines = new LineSplitter();
  #isEnded = false;
  #lineNumber = 0;
  /** Undefined at the end of the file. */
  head: Recorded | undefined;
  /** When the head is due: what has no time of its own goes with what came before it. */
  at = 0n;

  constructor(path: string, context: CaptureContext) {
    this.path = path;
    this.#pieces = bytesOf(path, context)[Symbol.asyncIterator]();
  }

  get lineNumber(): number {
    return this.#lineNumber;
  }

  /** Takes the next line in hand. False when more bytes must be fetched first. */
  advance(): boolean {
    let line = this.#lines.next();
    if (line === undefined && this.#isEnded) line = this.#lines.end();
    if (line === undefined) {
      if (!this.#isEnded) return false;
      this.head = undefined;
      return true;
    }
    this.#lineNumber += 1;
    this.head = typeof line === 'string' ? readLine(line) : { kind: 'fault', fault: line };
    if ('at' in this.head) this.at = this.head.at;
    return true;
  }

  async fetch(): Promise<void> {
    const piece = await this.#pieces.next();
    if (piece.done === true) this.#isEnded = true;
    else this.#lines.push(piece.value);
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

const EVENTS_YIELDED = 512;

/**
 * Plays files of cryptofeed's recorder as one session, merged by the times of receipt: each
 * websocket file is a line of its own, and several may bring the same; files of REST answers bring
 * instruments and books.
 */
export async function* cryptofeedEvents(
  input: CaptureInput,
  context: CaptureContext,
): AsyncIterable<readonly FeedEvent[]> {
  const venue = cryptofeedVenue(input);
  if (typeof venue === 'string') throw new FeedmillError('INTERNAL', venue);
  const files = input.paths.map((path) => new RecordedFile(path, context));
  const websockets = files.filter(({ path }) => isWebsocket(path));
  const lines = new FeedLines(venue, context.problems, { isRedundant: websockets.length > 1 });
  const session = new CryptofeedSession(venue, lines, context);
  try {
    for (const file of files) while (!file.advance()) await file.fetch();
    let events: FeedEvent[] = [];
    while (!context.signal.aborted) {
      const file = earliest(files);
      if (file === undefined) break;
      session.play(file, websockets.indexOf(file), events);
      while (!file.advance()) await file.fetch();
      if (events.length < EVENTS_YIELDED) continue;
      yield events;
      events = [];
    }
    for (const line of websockets.keys()) events.push(...lines.close(line));
    if (events.length > 0) yield events;
  } finally {
    for (const file of files) await file.close();
  }
}

function earliest(files: readonly RecordedFile[]): RecordedFile | undefined {
  let first: RecordedFile | undefined;
  for (const file of files) {
    if (file.head === undefined) continue;
    if (first === undefined || file.at < first.at) first = file;
  }
  return first;
}

class CryptofeedSession {
  readonly #venue: Venue;
  readonly #lines: FeedLines;
  readonly #context: CaptureContext;
  readonly #open = new Set<number>();

  constructor(venue: Venue, lines: FeedLines, context: CaptureContext) {
    this.#venue = venue;
    this.#lines = lines;
    this.#context = context;
  }

  play(file: RecordedFile, line: number, events: FeedEvent[]): void {
    const { problems } = this.#context;
    const head = file.head as Recorded;
    problems.path = file.path;
    problems.line = file.lineNumber;
    switch (head.kind) {
      case 'message':
        // A file that was cut begins without the opening of its connection.
        if (!this.#open.has(line)) this.#opened(line, { id: String(head.at), url: '' }, events);
        events.push(...this.#lines.message(line, head.text, head.at));
        return;
      case 'opened':
        this.#opened(line, { id: head.stamp, url: head.url }, events);
        return;
      case 'answer':
        events.push(...this.#lines.answer(head.url, head.text, head.at));
        return;
      case 'fault': {
        const { kind, detail, raw } = head.fault;
        problems.count(kind, detail);
        const at = { symbol: this.#venue.feed, tsRecv: file.at };
        events.push(rejectedEvent(at, kind, detail, raw));
        return;
      }
      case 'other':
    }
  }

  #opened(line: number, connection: Connection, events: FeedEvent[]): void {
    if (this.#open.has(line)) events.push(...this.#lines.close(line));
    this.#open.add(line);
    this.#lines.open(line, connection);
  }
}

const baseOf = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

const isWebsocket = (path: string): boolean => /\.ws\./.test(baseOf(path));

/** The venue of a capture, or what is wrong as the second half of a sentence. */
export function cryptofeedVenue(input: CaptureInput): Venue | string {
  const given = input.options['venue'];
  if (given !== undefined) return venueNamed(given);
  const names = new Set(input.paths.map((path) => baseOf(path).split('.')[0] as string));
  const [name = '', other] = names;
  if (other !== undefined) {
    return `the files are of ${[...names].join(' and ')}; make each venue a source of its own`;
  }
  const venue = venueNamed(name.toLowerCase());
  if (typeof venue !== 'string') return venue;
  return `the file name '${name}' does not say which venue it holds: ${venue}; add venue=NAME`;
}

/**
 * The files that belong to a path: itself where it names one (`COINBASE.ws.1.0`), and where it
 * names a venue (`recordings/COINBASE`) all of that venue in the folder.
 *
 * @throws FeedmillError SOURCE_FAILED when there is none
 */
export async function cryptofeedFiles(
  path: string,
  files: CaptureFiles,
): Promise<readonly string[]> {
  const base = baseOf(path);
  if (base.includes('.')) return [path];
  const folder = path.slice(0, path.length - base.length);
  const names = await files.list(folder === '' ? '.' : folder.replace(/[\\/]+$/, '') || '/');
  const found = names.filter((name) => name.startsWith(`${base}.`));
  if (found.length > 0) return found.map((name) => folder + name);
  throw new FeedmillError(
    'SOURCE_FAILED',
    `No file of the folder '${folder === '' ? '.' : folder}' begins with '${base}.'; give the ` +
      'name of a venue as the recorder writes it, such as COINBASE, or a file.',
  );
}
