import { asEpoch } from '@feedmill/core/brand';
import { type RegionNode, registerOf } from '@feedmill/core/region/region-role';
import type { RegionFacts, RegionStep } from '@feedmill/core/region/region-steps';
import type { ChangeRequest } from '@feedmill/core/region/register';
import type { Mutant } from './mutants.ts';

/** What a region does that lacks a rule; undefined where the rule does not matter. */
export function mutantStep(
  node: RegionNode,
  facts: RegionFacts,
  mutant: Mutant | undefined,
): RegionStep | undefined {
  const { role, settings } = node;
  const register = registerOf(node);
  if (register === undefined) return undefined;
  const primary = { kind: 'primary', epoch: register.epoch, gate: 'mirrored', why: '' } as const;
  const isNamed = register.primary === settings.me;
  const ask = (change: ChangeRequest['change']): RegionStep => {
    return { kind: 'ask', request: { region: settings.me, decidedOn: register, change }, why: '' };
  };
  switch (mutant) {
    case 'same-epoch': {
      if (role.kind !== 'fenced' || !isNamed) return undefined;
      const gate = register.inSync ? 'mirrored' : 'alone';
      return { kind: 'turn', role: { ...primary, gate } };
    }
    case 'alone-by-read': {
      if (role.kind !== 'primary' || role.gate === 'alone' || register.inSync) return undefined;
      return facts.isPeerSilent
        ? { kind: 'turn', role: { ...role, gate: 'alone', why: '' } }
        : undefined;
    }
    case 'in-sync-early': {
      const isMirrored = role.kind === 'primary' && role.gate === 'mirrored';
      return isMirrored && !register.inSync && !facts.isPeerSilent
        ? ask({ kind: 'be-in-sync' })
        : undefined;
    }
    case 'promote-any':
      return role.kind === 'follower' && !isNamed && facts.isPeerSilent
        ? ask({ kind: 'promote', epoch: asEpoch(register.epoch + 1), isAlone: true })
        : undefined;
    case 'stale-volume': {
      const isWaiting = role.kind === 'fenced' || role.kind === 'follower';
      if (!isWaiting) return undefined;
      const epoch = asEpoch(register.epoch + 1);
      if (isNamed) return ask({ kind: 'take', epoch });
      const isPromoted = role.kind === 'follower' && facts.isPeerSilent && register.inSync;
      return isPromoted ? ask({ kind: 'promote', epoch, isAlone: true }) : undefined;
    }
    default:
      return undefined;
  }
}
