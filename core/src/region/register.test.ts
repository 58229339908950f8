import { describe, expect, test } from 'vitest';
import { asEpoch } from '../brand.ts';
import { type Change, changeRegister, type Register } from './register.ts';

const standing: Register = {
  version: 7,
  epoch: asEpoch(4),
  primary: 'east',
  standby: 'west',
  inSync: true,
  baseEpoch: asEpoch(3),
  forcedEpoch: asEpoch(0),
};

const ask = (region: string, change: Change, decidedOn: Register | undefined = standing) =>
  changeRegister(standing, { region, decidedOn, change });

const refusal = (why: string) => ({ kind: 'refused', why });

describe('the register', () => {
  test('begins with the region that asks for it, alone', () => {
    const change = { kind: 'create', epoch: asEpoch(9), standby: 'west' } as const;
    expect(changeRegister(undefined, { region: 'east', decidedOn: undefined, change })).toEqual({
      kind: 'changed',
      register: {
        version: 1,
        epoch: 9,
        primary: 'east',
        standby: 'west',
        inSync: false,
        baseEpoch: 9,
        forcedEpoch: 0,
      },
    });
  });

  test('refuses whatever was decided on another register, be it of the same version', () => {
    const change = { kind: 'go-alone' } as const;
    const why = 'it was decided on version 7, but another, 7, stands';
    expect(ask('east', change, { ...standing, inSync: false })).toEqual(refusal(why));
  });

  test('never moves an epoch back', () => {
    const change = { kind: 'promote', epoch: asEpoch(4), isAlone: true } as const;
    expect(ask('west', change)).toEqual(refusal('epoch 4 is not above 4, which stands'));
  });

  test('promotes the standby only while it is in sync, and the primary never', () => {
    const change = { kind: 'promote', epoch: asEpoch(5), isAlone: true } as const;
    expect(ask('west', change)).toMatchObject({
      register: { version: 8, epoch: 5, primary: 'west', standby: 'east', inSync: false },
    });
    expect(ask('east', change)).toEqual(refusal('west is the standby, not east'));
    const alone = { ...standing, inSync: false };
    const request = { region: 'west', decidedOn: alone, change };
    expect(changeRegister(alone, request)).toEqual(refusal('west is not in sync'));
  });

  test.each([
    [{ kind: 'go-alone' } as const, { inSync: false, baseEpoch: 4 }],
    [{ kind: 'be-in-sync' } as const, { inSync: true, baseEpoch: 4 }],
    [{ kind: 'take', epoch: asEpoch(6) } as const, { epoch: 6, inSync: true, baseEpoch: 3 }],
    [{ kind: 'hand-over', epoch: asEpoch(6) } as const, { primary: 'west', inSync: true }],
  ])('lets only the primary ask for %o', (change, outcome) => {
    expect(ask('east', change)).toMatchObject({ register: outcome });
    expect(ask('west', change)).toEqual(refusal('east is primary, not west'));
  });

  test('remembers the epoch that was begun by force', () => {
    expect(ask('west', { kind: 'force', epoch: asEpoch(5) })).toMatchObject({
      register: { primary: 'west', inSync: false, forcedEpoch: 5, baseEpoch: 0 },
    });
  });
});
