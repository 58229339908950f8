import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { asEpoch } from '@feedmill/core/brand';
import type { Register } from '@feedmill/core/region/register';
import { expect, it, onTestFinished } from 'vitest';
import { RegionFile } from './region-file.ts';

const REGISTER: Register = {
  version: 3,
  epoch: asEpoch(7),
  primary: 'east',
  standby: 'west',
  inSync: true,
  baseEpoch: asEpoch(6),
  forcedEpoch: asEpoch(0),
};

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'feedmill-region-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it('keeps every one of several changes that are made at the same time', async () => {
  const folder = await makeFolder();
  const file = await RegionFile.open(nodeDisk(), folder);
  await Promise.all([
    file.update({ register: REGISTER }),
    file.update({ heldEpoch: asEpoch(7) }),
    file.update({ ownEpochs: [asEpoch(5)] }),
  ]);
  const { memory } = await RegionFile.open(nodeDisk(), folder);
  expect(memory).toEqual({ register: REGISTER, heldEpoch: 7, ownEpochs: [5] });
  expect(file.memory).toEqual(memory);
});

it('refuses a file that is not its own', async () => {
  const folder = await makeFolder();
  await nodeDisk().replaceFile(join(folder, 'region.json'), Buffer.from('{"format":1}'));
  await expect(RegionFile.open(nodeDisk(), folder)).rejects.toThrow(/cannot be read/);
});

it('says which file it was when the volume fails', async () => {
  // The worker ended with INTERNAL and the bare words of the operating system.
  const folder = await makeFolder();
  const disk = {
    ...nodeDisk(),
    replaceFile: () => Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })),
  };
  const file = await RegionFile.open(disk, folder);
  await expect(file.update({ heldEpoch: asEpoch(7) })).rejects.toMatchObject({
    code: 'JOURNAL_IO',
    message: expect.stringContaining(join(folder, 'region.json')),
  });
});
