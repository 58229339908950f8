import { EVENT_FAULTS } from '../../pod-worker/src/process/event-fault.ts';
import { REJECTIONS } from '../../pod-worker/src/process/rejection.ts';
import { REFUSED_REASON } from '../../store/src/shard-session/refused-events.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const INTRODUCTION = `An event that cannot be stored becomes a row of \`feedmill.dead_letter\`,
in the same transaction as the rows around it, and keeps its sequence. Nothing else is held up.
The column \`reason\` holds one of these; \`message\` says what was seen and what is allowed.
Reasons that begin with \`REJECTED\` were given by the source; \`raw\` is then what it received.
[What to do about them](../runbooks/dead-letters.md).`;

const REFUSED_MEANING =
  'Postgres refused the row; the message is its own. `raw` holds the row in binary COPY format.';

export function deadLettersPage(): string {
  const reasons = new Map<string, string>(Object.entries(EVENT_FAULTS));
  if (!reasons.has(REFUSED_REASON)) reasons.set(REFUSED_REASON, REFUSED_MEANING);
  for (const { code: reason, meaning } of Object.values(REJECTIONS)) reasons.set(reason, meaning);
  const rows = [...reasons].map(([reason, meaning]) => [code(reason), meaning]);
  return page('Dead letters', sourceLink('pod-worker/src/process/event-fault.ts'), [
    INTRODUCTION,
    table(['reason', 'meaning'], rows),
  ]);
}
