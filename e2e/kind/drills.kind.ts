import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DRILL_NAMES } from '@feedmill/cli/drill/drill-kinds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { feedmill } from '../harness/feedmill-command.ts';
import { say } from '../harness/say.ts';

const NAME = 'feedmill-e2e-drills';
const MINUTE_MS = 60_000;
const env = { ...process.env, KIND_CLUSTER_NAME: NAME };

async function script(...[program = '', ...args]: readonly string[]): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}.`);
}

beforeAll(() => script('kind/up', '--regions', '2', '--no-demo'), 15 * MINUTE_MS);
afterAll(() => script('kind/down'), 2 * MINUTE_MS);

test.each(DRILL_NAMES)('on two clusters nothing is lost: drill %s', async (name) => {
  const flags = ['--kind', NAME, '--rate', '1000', '--feeds', '4', '--json'];
  const { code, stdout, stderr } = await feedmill('drill', name, ...flags);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const { lost, doubled, unequal, streamRtoMs } = JSON.parse(stdout) as {
    readonly lost: number;
    readonly doubled: number;
    readonly unequal: number;
    readonly streamRtoMs: { readonly max: number };
  };
  say(`drill ${name}: acknowledgements stood still for ${Math.round(streamRtoMs.max)} ms`);
  expect({ lost, doubled, unequal }).toEqual({ lost: 0, doubled: 0, unequal: 0 });
});
