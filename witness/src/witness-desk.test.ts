import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { asEpoch } from '@feedmill/core/brand';
import type { Clock } from '@feedmill/core/clock';
import type { Change, Register } from '@feedmill/core/region/register';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRegisterStore } from './file-register-store.ts';
import { WitnessDesk } from './witness-desk.ts';

const KEY = { clusterId: 'pair', shard: 3 };
const log = { info: () => undefined, warn: () => undefined };

let folder: string;
let nowMs: number;
const clock: Clock = {
  wallNanos: () => 0n as never,
  monotonicMs: () => nowMs,
  schedule: () => ({}),
  cancel: () => undefined,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedmill-witness-'));
  nowMs = 1_000;
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const session = 7n;

async function openDesk(isRestored = false): Promise<WitnessDesk> {
  const store = await FileRegisterStore.open(nodeDisk(), folder);
  return new WitnessDesk({ clock, store, takeoverAfterMs: 600, isRestored, session, log });
}

/** Lets time pass as it does for a process that runs. */
function pass(desk: WitnessDesk, ms: number): void {
  for (let left = ms; left > 0; left -= 50) {
    nowMs += 50;
    desk.tick();
  }
}

const ask = (desk: WitnessDesk, region: string, change: Change, decidedOn?: Register) =>
  desk.change(KEY, { region, decidedOn, change });

async function inSync(desk: WitnessDesk): Promise<Register> {
  const create = { kind: 'create', epoch: asEpoch(1), standby: 'west' } as const;
  const { register } = await ask(desk, 'east', create);
  const synced = await ask(desk, 'east', { kind: 'be-in-sync' }, register);
  expect(synced.isGranted).toBe(true);
  return synced.register as Register;
}

const promote = { kind: 'promote', epoch: asEpoch(2), isAlone: true } as const;
const renewal = (region: string, known?: Register, primaryEpoch = 0) => ({
  region,
  known,
  primaryEpoch,
  session,
});

describe('the witness', () => {
  it('replaces a primary only after its silence', async () => {
    const desk = await openDesk();
    const register = await inSync(desk);
    pass(desk, 400);
    await desk.renew(KEY, renewal('east', register, 1));
    pass(desk, 550);
    expect(await ask(desk, 'west', promote, register)).toMatchObject({
      isGranted: false,
      why: 'the primary was heard 550 ms ago, 600 must pass',
    });
    pass(desk, 50);
    expect(await ask(desk, 'west', promote, register)).toMatchObject({
      isGranted: true,
      register: { primary: 'west', epoch: 2, inSync: false },
    });
  });

  it('is not moved by a region that was primary once', async () => {
    const desk = await openDesk();
    const register = await inSync(desk);
    pass(desk, 600);
    await desk.renew(KEY, renewal('west', register, 1));
    await desk.renew(KEY, renewal('east', register, 9));
    expect((await ask(desk, 'west', promote, register)).isGranted).toBe(true);
  });

  it('keeps its register over a restart, and then promotes nobody for the whole time', async () => {
    const register = await inSync(await openDesk());
    nowMs += 60_000;
    const desk = await openDesk();
    expect((await desk.renew(KEY, renewal('west'))).register).toEqual(register);
    pass(desk, 550);
    expect((await ask(desk, 'west', promote, register)).isGranted).toBe(false);
    pass(desk, 50);
    expect((await ask(desk, 'west', promote, register)).isGranted).toBe(true);
  });

  it('that was stopped does not take its own silence for that of the primary', async () => {
    const desk = await openDesk();
    const register = await inSync(desk);
    nowMs += 5_000;
    expect((await ask(desk, 'west', promote, register)).isGranted).toBe(false);
  });

  it('set back to an old copy grants nothing until both regions have spoken', async () => {
    const desk = await openDesk();
    const old = await inSync(desk);
    await cp(folder, `${folder}-copy`, { recursive: true });
    const alone = (await ask(desk, 'east', { kind: 'go-alone' }, old)).register as Register;
    await rm(folder, { recursive: true });
    await cp(`${folder}-copy`, folder, { recursive: true });
    await rm(`${folder}-copy`, { recursive: true });

    const restored = await openDesk();
    pass(restored, 600);
    expect(await restored.renew(KEY, renewal('east', alone, 1))).toMatchObject({ isInDoubt: true });
    expect((await ask(restored, 'west', promote, old)).isGranted).toBe(false);
    const answer = await restored.renew(KEY, renewal('west', old));
    expect(answer).toMatchObject({ register: alone, isInDoubt: false });
    expect((await ask(await openDesk(), 'east', { kind: 'be-in-sync' }, alone)).isGranted).toBe(
      true,
    );
  });

  it('hears nothing from a region that does not know of its restart yet', async () => {
    const desk = await openDesk(true);
    const known = { ...(await inSync(await openDesk())), version: 9 };
    const early = { ...renewal('east', known, 1), session: 1n };
    expect(await desk.renew(KEY, early)).toMatchObject({ isInDoubt: true });
    await desk.renew(KEY, renewal('west', known));
    expect(await desk.renew(KEY, early)).toMatchObject({ isInDoubt: true });
    expect(await desk.renew(KEY, renewal('east', known, 1))).toMatchObject({ isInDoubt: false });
  });

  it('refuses a register whose bits have changed', async () => {
    await inSync(await openDesk());
    const path = join(folder, (await readdir(folder))[0] as string);
    const bytes = await readFile(path);
    bytes[40] = (bytes[40] as number) ^ 1;
    await writeFile(path, bytes);
    const desk = await openDesk();
    await expect(desk.renew(KEY, renewal('east'))).rejects.toMatchObject({ code: 'WITNESS_STORE' });
  });
});
