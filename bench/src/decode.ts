import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BINANCE } from '@feedmill/producer/venues/binance';
import { FeedLines } from '@feedmill/producer/venues/feed-lines';
import type { MessageProblems, Venue } from '@feedmill/producer/venues/venue-mapper';
import { venueNamed } from '@feedmill/producer/venues/venues';

export interface DecodeOptions {
  /** For each recording. */
  readonly seconds: number;
  /** Recordings whose name begins so; undefined: all. */
  readonly only: string | undefined;
}

/** One recording through its mapper, on one core. */
export interface DecodeRow {
  readonly name: string;
  readonly messages: number;
  readonly bytesPerMessage: number;
  readonly eventsPerMessage: number;
  /** Messages a second of processor time: mapped, in order, books and checksums proved. */
  readonly perSecond: number;
  /** The same lines through JSON.parse alone, in turns with the above. */
  readonly parsePerSecond: number;
}

export interface DecodeResult {
  readonly rows: readonly DecodeRow[];
}

/** One thing that was received, in the order of its receipt. */
interface Received {
  readonly kind: 'opened' | 'message' | 'answer';
  readonly at: bigint;
  readonly line: number;
  readonly url: string;
  readonly text: string;
}

interface Recording {
  readonly name: string;
  readonly venue: Venue;
  readonly received: readonly Received[];
}

const DATA = path.join(import.meta.dirname, '../../../shared/data');
const BINANCE_FILES = [
  ['binance-spot', 'binance/spot/btcusdt_20240808.gz'],
  ['binance-usd-m', 'binance/usdm/btcusdt_20240808.gz'],
  ['binance-coin-m', 'binance/cm/btcusd_perp_20240808.gz'],
] as const;
const NANOS_PER_MICRO = 1_000n;
const NO_PROBLEMS: MessageProblems = { count: () => undefined, ignore: () => undefined };

/** Decodes recorded sessions in this process, and parses the same lines as JSON. */
export function benchDecode({ seconds, only = '' }: DecodeOptions): DecodeResult {
  const rows = recordings(only).map((recording) => measure(recording, seconds));
  return { rows };
}

function recordings(only: string): Recording[] {
  const raw = BINANCE_FILES.filter(
    ([name, file]) => name.startsWith(only) && existsSync(path.join(DATA, file)),
  ).map(([name, file]) => ({ name, venue: BINANCE, received: binanceLines(file) }));
  const folder = path.join(DATA, 'websocket');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = new Set(files.filter((file) => /\.ws\./.test(file)).map((file) => stemOf(file)));
  const sessions = [...names].flatMap((name): Recording[] => {
    const venue = venueNamed(name.toLowerCase());
    if (typeof venue === 'string' || !name.toLowerCase().startsWith(only)) return [];
    const own = files.filter((file) => stemOf(file) === name);
    return [{ name: name.toLowerCase(), venue, received: sessionOf(folder, own) }];
  });
  const found = [...raw, ...sessions];
  if (found.length > 0) return found;
  throw new Error(`no recording is there; recorded market data are expected in ${DATA}`);
}

const stemOf = (file: string): string => file.split('.')[0] ?? '';

/** Lines of `<receive time, ns> <raw JSON>`, packed by gzip. */
function binanceLines(file: string): Received[] {
  const lines = gunzipSync(readFileSync(path.join(DATA, file)))
    .toString()
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const space = line.indexOf(' ');
    const at = BigInt(line.slice(0, space));
    return { kind: 'message', at, line: 0, url: '', text: line.slice(space + 1) };
  });
}

/** A session of cryptofeed's recorder, merged by the times of receipt. */
function sessionOf(folder: string, files: readonly string[]): Received[] {
  const websockets = files.filter((file) => /\.ws\./.test(file));
  const received = files.flatMap((file) => {
    const line = websockets.indexOf(file);
    return readFileSync(path.join(folder, file), 'utf8')
      .split('\n')
      .flatMap((text) => receivedOf(text, line));
  });
  return received.toSorted((a, b) => Number(a.at - b.at));
}

function receivedOf(text: string, line: number): Received[] {
  const [head, seconds] = /^(\d+\.\d+): /.exec(text) ?? [];
  if (head !== undefined) {
    return [
      { kind: 'message', at: nanosOf(seconds), line, url: '', text: text.slice(head.length) },
    ];
  }
  const [, opened, openedAt] = /^(\S+) <-> (\d+\.\d+)$/.exec(text) ?? [];
  if (opened !== undefined) {
    return [{ kind: 'opened', at: nanosOf(openedAt), line, url: opened, text: '' }];
  }
  const [all, url, at] = /^(\S+) -> (\d+\.\d+): /.exec(text) ?? [];
  if (all === undefined) return [];
  return [{ kind: 'answer', at: nanosOf(at), line, url: url ?? '', text: text.slice(all.length) }];
}

const nanosOf = (seconds = '0'): bigint =>
  BigInt(Math.round(Number(seconds) * 1e6)) * NANOS_PER_MICRO;

function measure({ name, venue, received }: Recording, seconds: number): DecodeRow {
  const messages = received.filter(({ kind }) => kind === 'message');
  const texts = messages.map(({ text }) => text);
  // The first pass warms up, and counts.
  const { events } = decodePass(venue, received);
  parsePass(texts);
  let decodeMs = 0;
  let parseMs = 0;
  let passes = 0;
  while (decodeMs + parseMs < seconds * 1_000) {
    decodeMs += decodePass(venue, received).tookMs;
    parseMs += parsePass(texts);
    passes += 1;
  }
  const count = messages.length;
  return {
    name,
    messages: count,
    bytesPerMessage: texts.reduce((sum, text) => sum + text.length, 0) / count,
    eventsPerMessage: events / count,
    perSecond: (count * passes * 1_000) / decodeMs,
    parsePerSecond: (count * passes * 1_000) / parseMs,
  };
}

/** All of a recording through a feed of its own; only the messages are timed. */
function decodePass(
  venue: Venue,
  received: readonly Received[],
): { tookMs: number; events: number } {
  const isRedundant = received.some(({ line }) => line > 0);
  const lines = new FeedLines(venue, NO_PROBLEMS, { isRedundant });
  const open = new Set<number>();
  let tookMs = 0;
  let events = 0;
  for (let at = 0; at < received.length; ) {
    const each = received[at] as Received;
    if (each.kind === 'answer') lines.answer(each.url, each.text, each.at);
    else if (each.kind === 'opened') openLine(lines, open, each);
    if (each.kind !== 'message') {
      at += 1;
      continue;
    }
    if (!open.has(each.line)) openLine(lines, open, each);
    const startedMs = processorMs();
    // As many as come without anything in between, so that the clock costs nothing.
    for (let next = received[at]; next?.kind === 'message'; next = received[at]) {
      if (!open.has(next.line)) break;
      events += lines.message(next.line, next.text, next.at).length;
      at += 1;
    }
    tookMs += processorMs() - startedMs;
  }
  return { tookMs, events };
}

function openLine(lines: FeedLines, open: Set<number>, { line, at, url }: Received): void {
  if (open.has(line)) lines.close(line);
  open.add(line);
  lines.open(line, { id: String(at), url });
}

/**
 * Time that the processor has worked for us: a machine that others use as well takes longer by the
 * clock. What the engine collects and compiles beside counts too.
 */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Not every message of every venue is JSON: a plain "pong" is not. */
function parsePass(texts: readonly string[]): number {
  const startedMs = processorMs();
  for (const text of texts) {
    try {
      JSON.parse(text);
    } catch {
      continue;
    }
  }
  return processorMs() - startedMs;
}
