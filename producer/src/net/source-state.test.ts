import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceStateFile } from './adapters/source-state-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'feedmill-state-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the state file of a source', () => {
  it('is made with its folder, and holds what was saved last alone', async () => {
    const file = new SourceStateFile(path.join(folder, 'made', 'x.source.json'));
    expect(await file.load()).toBeUndefined();
    await file.save('one');
    await file.save('two');
    expect(await file.load()).toBe('two');
    expect(await readdir(path.join(folder, 'made'))).toEqual(['x.source.json']);
  });
});
