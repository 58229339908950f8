import { expect, test } from 'vitest';
import { ApiClient } from './api-client.ts';

const busy = (): Response =>
  new Response(JSON.stringify({ detail: 'Too much to do.' }), {
    status: 503,
    headers: { 'retry-after': '2', 'content-type': 'application/problem+json' },
  });

function clientOf(answers: Response[]): { client: ApiClient; waits: number[] } {
  const waits: number[] = [];
  const client = new ApiClient({
    fetch: () => Promise.resolve(answers.shift() ?? busy()),
    timeout: () => new AbortController().signal,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    key: () => 'fmk_test',
  });
  return { client, waits };
}

test('a query is asked again when the gateway is too busy and says when to come back', async () => {
  const { client, waits } = clientOf([busy(), busy(), Response.json({ name: 'me' })]);
  expect((await client.access()).name).toBe('me');
  expect(waits).toEqual([2_000, 2_000]);
});

test('a gateway that stays busy is not asked for ever, and what it says is shown', async () => {
  const { client, waits } = clientOf([]);
  await expect(client.access()).rejects.toThrow('Too much to do.');
  expect(waits).toHaveLength(3);
});

test('what is refused for another reason is not asked again', async () => {
  const { client, waits } = clientOf([new Response('{}', { status: 404 })]);
  await expect(client.access()).rejects.toMatchObject({ status: 404 });
  expect(waits).toEqual([]);
});
