import { DRILL_KINDS } from '@feedmill/cli/drill/drill-kinds';
import { expect, test } from 'vitest';
import { feedmill } from '../harness/feedmill-command.ts';
import { say } from '../harness/say.ts';

interface DrillDocument {
  readonly ok: boolean;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly unequal: number;
  readonly streamRtoMs: { readonly max: number };
  readonly each: readonly { readonly from: string; readonly to: string }[];
}

const RATE = 2_000;
/** Long enough for a follower or a witness to be missed, where the drill's own is longer. */
const HOLD_MS = 3_000;

test.each(Object.keys(DRILL_KINDS))('drill %s', async (kind) => {
  const flags = ['--rate', String(RATE), '--feeds', '4', '--hold-ms', String(HOLD_MS)];
  const { code, stdout, stderr } = await feedmill('drill', kind, ...flags, '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const { ok, acknowledged, lost, doubled, unequal, streamRtoMs, each } = JSON.parse(
    stdout,
  ) as DrillDocument;
  say(`drill ${kind}: acknowledgements stood still for ${Math.round(streamRtoMs.max)} ms`);
  expect({ ok, lost, doubled, unequal }).toEqual({ ok: true, lost: 0, doubled: 0, unequal: 0 });
  expect(acknowledged).toBeGreaterThan(RATE);
  expect(each).toHaveLength(1);
});
