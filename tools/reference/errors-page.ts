import { ERROR_CODES, type ErrorCode, FeedmillError } from '../../core/src/errors.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const INTRODUCTION = `Every error that Feedmill reports has one of these codes. Its message says
what was seen, where, what was allowed and what to do. A command prints the message to stderr and,
with \`--json\`, \`{"error": {"code", "message"}}\` to stdout; a worker and a connector log it.

"Tried again" means that Feedmill does so by itself, with growing delays.`;

const EXIT_CODES = `## Exit codes

| program | 0 | 1 | 2 | 3 | 130 |
|---|---|---|---|---|---|
| \`feedmill\` | done | failed | wrong usage or SPEC | – | stopped by force |
| worker | drained and stopped | failed | wrong configuration | fenced by a newer epoch | – |
| connector | source exhausted, or stopped | failed | wrong configuration or SPEC | – | – |`;

export function errorsPage(): string {
  const rows = (Object.entries(ERROR_CODES) as [ErrorCode, string][]).map(([name, meaning]) => [
    code(name),
    new FeedmillError(name, '').retryable ? 'yes' : '',
    meaning,
  ]);
  return page('Errors', sourceLink('core/src/errors.ts'), [
    INTRODUCTION,
    table(['code', 'tried again', 'what happened, and what to do'], rows),
    EXIT_CODES,
  ]);
}
