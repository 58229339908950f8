import type { FeedEvent } from '@feedmill/core/event';
import type { SequenceGap } from '@feedmill/core/sequence/hole-list';
import { SequenceDomains } from '@feedmill/core/sequence/sequence-domains';

/** How many events there are of each kind. */
export function countsOf(events: readonly FeedEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { body } of events) counts[body.case] = (counts[body.case] ?? 0) + 1;
  return counts;
}

/** The gaps that the numbers of the events show, as the worker finds them. */
export function gapsOf(events: readonly FeedEvent[]): { gaps: SequenceGap[]; numbered: number } {
  const domains = new SequenceDomains();
  const gaps: SequenceGap[] = [];
  let numbered = 0;
  for (const event of events) {
    const { symbol, channelId, sessionId = '', epoch = 0, body } = event;
    const domain = domains.find(`${symbol.publisherId}/${channelId}`, sessionId, epoch);
    if (body.case === 'bookSnapshot') domain.resync(body.value.asOfSequence);
    const { sequenceKind = 0, sequence, sequenceEnd, prevSequence } = event;
    if (sequence === undefined || sequenceKind === 0 || body.case === 'bookSnapshot') continue;
    numbered += 1;
    domain.observe(sequenceKind, sequence, sequenceEnd, prevSequence);
    gaps.push(...domain.opened);
    domain.opened.length = 0;
  }
  return { gaps, numbered };
}
