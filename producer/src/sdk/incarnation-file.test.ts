import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { asEpochNanos } from '@feedmill/core/brand';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IncarnationFile } from './incarnation-file.ts';
import { ManualClock } from './testing/manual-clock.ts';

class ClockAt extends ManualClock {
  readonly #wallMs: number;

  constructor(wallMs: number) {
    super();
    this.#wallMs = wallMs;
  }

  override wallNanos() {
    return asEpochNanos(BigInt(this.#wallMs) * 1_000_000n);
  }
}

describe('IncarnationFile', () => {
  let folder: string;
  let file: string;
  const next = (wallMs: number) =>
    new IncarnationFile(file, new ClockAt(wallMs), nodeDisk()).next();

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'feedmill-incarnation-'));
    file = path.join(folder, 'made', 'feed-1.incarnation');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('rises with every start, also when the clock stands still or goes back', async () => {
    expect(await next(1_000)).toBe(1_000);
    expect(await next(1_000)).toBe(1_001);
    expect(await next(5)).toBe(1_002);
    expect(await next(9_000)).toBe(9_000);
    expect(await readFile(file, 'utf8')).toBe('9000\n');
    expect(await readdir(path.dirname(file))).toEqual(['feed-1.incarnation']);
  });

  it('rises although its file was lost with the disk', async () => {
    const before = await next(1_000);
    await rm(file);
    expect(await next(2_000)).toBeGreaterThan(before);
  });

  it('goes on from the old number when a crash left a half-written file beside it', async () => {
    await next(1_000);
    await writeFile(`${file}.new`, '10');
    expect(await next(500)).toBe(1_001);
    expect(await readFile(file, 'utf8')).toBe('1001\n');
  });

  it('rises above what a worker knows of a machine whose clock was ahead', async () => {
    await next(1_000);
    const file2 = new IncarnationFile(file, new ClockAt(1_500), nodeDisk());
    expect(await file2.next(9_000)).toBe(9_001);
    expect(await next(2_000)).toBe(9_002);
  });

  it('does not guess when the file holds something else', async () => {
    await next(1_000);
    await writeFile(file, 'abc');
    await expect(next(2_000)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('holds "abc", not a whole number') as string,
    });
    await writeFile(file, '');
    await expect(next(2_000)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('says which file cannot be written', async () => {
    await writeFile(path.join(folder, 'made'), 'a file where the folder should be');
    await expect(next(1_000)).rejects.toThrow(file);
  });
});
