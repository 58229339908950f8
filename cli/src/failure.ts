import { type ErrorCode, FeedmillError } from '@feedmill/core/errors';
import { CommanderError } from 'commander';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(['USAGE', 'SOURCE_INVALID']);

/** Where a failed command says so. */
export interface FailureOutput {
  readonly isJson: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Nobody reads our output any more; the command ends as if it had written all of it. */
export class OutputClosed extends Error {}

/**
 * Says what went wrong: one sentence on stderr and, where a JSON document was asked for, that
 * document on stdout, so that a program never has to read the sentence.
 *
 * @returns the exit code
 */
export function reportFailure(thrown: unknown, output: FailureOutput): number {
  // Help and version also come as exceptions of commander.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  if (thrown instanceof OutputClosed) return 0;
  const error = thrown instanceof CommanderError ? usageError(thrown) : FeedmillError.from(thrown);
  const { code, message } = error;
  output.stderr(`feedmill: ${message}\n`);
  // Our own mistake: the sentence alone would not help whoever reads the report.
  if (code === 'INTERNAL') output.stderr(`${stackOf(error)}\n`);
  if (output.isJson) output.stdout(`${JSON.stringify({ error: { code, message } })}\n`);
  return USAGE_CODES.has(code) ? EXIT_USAGE : EXIT_FAILED;
}

/** commander's message as a sentence that ends with what to do. */
function usageError(error: CommanderError): FeedmillError {
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\(Did you/, '(did you')
    .replace(/\.$/, '');
  return new FeedmillError('USAGE', `${text}; \`feedmill --help\` lists what there is.`, {
    cause: error,
  });
}

function stackOf(error: FeedmillError): string {
  const origin = error.cause instanceof Error ? error.cause : error;
  return origin.stack ?? String(origin);
}
