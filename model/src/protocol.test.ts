import { describe, expect, test } from 'vitest';
import { boundsOf, MUTANT_CHECKS } from './checks.ts';
import { explore } from './explore.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

// `npm run model` goes further; here is what takes seconds.
describe('the two-region protocol', () => {
  test.each([
    ['one event', boundsOf({})],
    ['a crash, without going on alone', boundsOf({ crashes: 1, standbyLoss: 'Stop' })],
    ['a switchover by force', boundsOf({ forces: 1 })],
  ])('keeps its invariants in every state: %s', (_name, bounds) => {
    expect(explore(bounds, undefined)).toMatchObject({ kind: 'holds' });
  });

  test.each(Object.entries(MUTANTS))('breaks without a rule: %s (%s)', (name) => {
    const mutant = name as Mutant;
    expect(explore(MUTANT_CHECKS[mutant], mutant)).toMatchObject({ kind: 'broken' });
  });

  test('a witness set back without being told can lose what was acknowledged meanwhile', () => {
    const bounds = boundsOf({ restores: 1, areRestoresDeclared: false });
    expect(explore(bounds, undefined)).toMatchObject({ kind: 'broken' });
  });
});
