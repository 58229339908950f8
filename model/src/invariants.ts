import { registerOf } from '@feedmill/core/region/region-role';
import { commonEntries, entryCount, eventsOf, REGIONS, sideOf, type World } from './world.ts';

/** What is wrong in this world, or undefined. */
export function brokenInvariant(world: World): string | undefined {
  return lostEvent(world) ?? differingRows(world);
}

/** Undefined where the witness holds an old copy: it names somebody who was primary once. */
function currentRegister({ regions, witness }: Pick<World, 'regions' | 'witness'>) {
  const { register, doubt } = witness.ledger;
  const version = register?.version ?? 0;
  const isOld = regions.some(({ node }) => (registerOf(node)?.version ?? 0) > version);
  return doubt !== undefined || isOld ? undefined : register;
}

/** Whoever may accept events now holds every acknowledged one, in the order of the sequences. */
function lostEvent({ regions, witness, acknowledged }: World): string | undefined {
  const register = currentRegister({ regions, witness });
  for (const { node, log } of regions) {
    const { role } = node;
    const isPrimary = role.kind === 'primary' || role.kind === 'handing-over';
    if (!isPrimary || register === undefined) continue;
    if (role.epoch !== register.epoch || register.primary !== node.settings.me) continue;
    const held = eventsOf(log);
    const lost = Array.from(acknowledged).filter((event) => !held.includes(event));
    if (lost.length > 0) {
      return `${lost.join()} acknowledged, but the primary ${node.settings.me} holds ${log}`;
    }
  }
  return undefined;
}

/** The two databases hold the same, as far as both have come, and nothing but what was accepted. */
function differingRows({ regions, witness }: World): string | undefined {
  const register = currentRegister({ regions, witness });
  // By force a region keeps rows that are given up, until it follows and moves them away.
  const forced = register?.forcedEpoch ?? 0;
  const isCurrent = ({ node, follows }: World['regions'][0]): boolean =>
    node.role.kind === 'follower'
      ? follows >= forced
      : 'epoch' in node.role && node.role.epoch >= forced;
  const [one, other] = regions;
  if (forced === 0 || (isCurrent(one) && isCurrent(other))) {
    const least = Math.min(entryCount(one.rows), entryCount(other.rows));
    if (commonEntries(one.rows, other.rows) < least) {
      return `the databases differ: ${REGIONS[0]} ${one.rows}, ${REGIONS[1]} ${other.rows}`;
    }
  }
  if (register === undefined) return undefined;
  const primary = regions[sideOf(register.primary)];
  const { role } = primary.node;
  if (role.kind !== 'primary' || role.epoch !== register.epoch) return undefined;
  for (const region of regions) {
    if (forced > 0 && !isCurrent(region)) continue;
    const { rows } = region;
    if (commonEntries(rows, primary.log) < entryCount(rows)) {
      return `${region.node.settings.me} holds rows ${rows}, the primary's journal ${primary.log}`;
    }
  }
  return undefined;
}
