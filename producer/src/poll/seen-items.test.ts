import { describe, expect, it } from 'vitest';
import { SEEN_ITEMS_MAX } from './limits.ts';
import type { PollItem } from './poll-item.ts';
import { SeenItems } from './seen-items.ts';

const item = (key: string, says = 'x'): PollItem => ({ key, says, tsEvent: 0n, events: () => [] });

describe('items that were seen', () => {
  it('are sent once, and again when they say something else', () => {
    const seen = new SeenItems();
    expect(seen.editionOf(item('a'))).toBe(0);
    seen.add(item('a'), 0, 1);
    expect(seen.editionOf(item('a'))).toBeUndefined();
    expect(seen.editionOf(item('a', 'y'))).toBe(1);
  });

  it('are forgotten after a restart where no worker has taken them', () => {
    const seen = new SeenItems();
    seen.add(item('taken'), 0, 5);
    seen.add(item('lost'), 0, 6);
    seen.add(item('changed', 'old'), 0, 4);
    seen.add(item('changed', 'new'), 1, 7);
    const known = SeenItems.decode(seen.encode(), 5);
    expect(known.editionOf(item('taken'))).toBeUndefined();
    expect(known.editionOf(item('lost'))).toBe(0);
    expect(known.editionOf(item('changed', 'new'))).toBe(1);
  });

  it('are bounded: those not listed for longest are forgotten', () => {
    const seen = new SeenItems();
    for (let at = 0; at < SEEN_ITEMS_MAX; at += 1) seen.add(item(String(at)), 0, at);
    seen.editionOf(item('0'));
    seen.add(item('one more'), 0, 1);
    expect(seen.size).toBe(SEEN_ITEMS_MAX);
    expect([seen.has('0'), seen.has('1')]).toEqual([true, false]);
  });

  it.each([undefined, '', '{', '{"format":2,"items":[]}', '{"format":1,"items":[["a"]]}'])(
    'are none where the file holds %s',
    (text) => {
      expect(SeenItems.decode(text, 9).size).toBe(0);
    },
  );
});
