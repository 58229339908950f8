import type { Clock } from '@feedmill/core/clock';
import type { Random } from '@feedmill/core/random';
import { LiveBlock } from './status-block/live-block.ts';
import { choosePalette } from './status-block/palette.ts';
import { PlainLines } from './status-block/plain-lines.ts';
import type { Reporter } from './status-block/reporter.ts';

/** The world as a command sees it. */
export interface CommandContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** The process, for its signals. */
  readonly signals: NodeJS.EventEmitter;
  /** Milliseconds since this process started, which is when its user began to wait. */
  sinceStartMs(): number;
  setExitCode(code: number): void;
  /** Ends the process at once. */
  exit(code: number): never;
}

/** A live block where `stream` is a terminal that can draw one, log lines elsewhere. */
export function makeReporter(context: CommandContext, stream: NodeJS.WriteStream): Reporter {
  const { env, clock } = context;
  if (stream.isTTY && env['TERM'] !== 'dumb') {
    return new LiveBlock(stream, choosePalette(true, env));
  }
  return new PlainLines((text) => stream.write(text), clock);
}

/** The one document of a command with --json. Numbers beyond 2^53 are strings before this. */
export function writeJson(context: CommandContext, document: unknown): void {
  context.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
}

export function writeLines(context: CommandContext, lines: readonly string[]): void {
  context.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
