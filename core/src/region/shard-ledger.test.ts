import { describe, expect, test } from 'vitest';
import { asEpoch } from '../brand.ts';
import type { Register } from './register.ts';
import { changeLedger, hear, openLedger } from './shard-ledger.ts';

const old: Register = {
  version: 3,
  epoch: asEpoch(2),
  primary: 'east',
  standby: 'west',
  inSync: true,
  baseEpoch: asEpoch(2),
  forcedEpoch: asEpoch(0),
};
const newer: Register = { ...old, version: 4, inSync: false };
const newest: Register = {
  ...old,
  version: 5,
  epoch: asEpoch(3),
  primary: 'west',
  standby: 'east',
};

describe('a witness that came back with an old copy', () => {
  test('grants nothing until both regions have spoken, and then goes on from the newest', () => {
    let ledger = hear(openLedger(old, false), 'east', newer);
    const request = { region: 'east', decidedOn: newer, change: { kind: 'go-alone' } } as const;
    expect(changeLedger(ledger, request).result).toMatchObject({ kind: 'refused' });
    ledger = hear(ledger, 'west', newest);
    expect(ledger).toEqual({ register: newest, doubt: undefined });
  });

  test('that was told so waits for both, though nobody knows better', () => {
    const ledger = hear(openLedger(old, true), 'east', old);
    expect(ledger.doubt).toBeDefined();
    expect(hear(ledger, 'west', old)).toEqual({ register: old, doubt: undefined });
  });

  test('cannot tell which of two histories counts', () => {
    const other = { ...old, version: 4, baseEpoch: asEpoch(1) };
    const ledger = hear(hear(openLedger(old, false), 'east', newer), 'west', other);
    expect(ledger.doubt).toBeDefined();
  });

  test('is not in doubt while nobody knows more than it', () => {
    const ledger = openLedger(newest, false);
    expect(hear(ledger, 'east', old)).toBe(ledger);
  });
});
