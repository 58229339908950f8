import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tokensOf } from '@feedmill/core/news/headline-tokens';
import { SentimentLabel } from '@feedmill/proto/feedmill/v1/event_pb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILTIN_MODEL_DIR, loadSentimentModel } from './sentiment-models.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'feedmill-models-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

const fileOf = async (name: string, text: string): Promise<string> => {
  const file = path.join(dir, name);
  await writeFile(file, text);
  return file;
};

describe('the sentiment model of a setting', () => {
  it('is the one that comes along, which scores each of two companies on its own', async () => {
    const model = await loadSentimentModel('builtin');
    const tokens = tokensOf('Acme gains 5%, Umbrella slips');
    const acme = { first: 0, last: 0 };
    const umbrella = { first: 5, last: 5 };
    expect(model?.score(tokens, acme, [umbrella]).label).toBe(SentimentLabel.POSITIVE);
    expect(model?.score(tokens, umbrella, [acme]).label).toBe(SentimentLabel.NEGATIVE);
  });

  it('is none', async () => {
    expect(await loadSentimentModel('off')).toBeUndefined();
  });

  it('is a folder', async () => {
    const [builtin, folder] = await Promise.all(
      ['builtin', BUILTIN_MODEL_DIR].map(loadSentimentModel),
    );
    expect(folder?.version).toBe(builtin?.version);
  });

  it('is a module', async () => {
    const file = await fileOf(
      'mine.mjs',
      "export const sentimentModel = { id: 'mine', version: '7', score: () => ({}) };",
    );
    expect(await loadSentimentModel(file)).toMatchObject({ id: 'mine', version: '7' });
  });

  it.each<[string, string, string, RegExp]>([
    ['nothing is there', 'gone.mjs', '', /gone\.mjs.*ENOENT.*Give builtin, off/s],
    [
      'a module exports something else',
      'odd.mjs',
      'export const x = 1;',
      /exports no sentimentModel/,
    ],
    ['a module is broken', 'broken.mjs', 'export const', /--sentiment-model/],
  ])('is refused where %s', async (_what, name, text, message) => {
    const file = text === '' ? path.join(dir, name) : await fileOf(name, text);
    await expect(loadSentimentModel(file)).rejects.toThrow(message);
  });
});
