import { registerOf } from '@feedmill/core/region/region-role';
import type { ChangeRequest, Register } from '@feedmill/core/region/register';
import { type Message, REGIONS, type Region, type Witness, type World } from './world.ts';

/** A text that two worlds share exactly where nothing that matters differs. */
export function encodeWorld(world: World): string {
  const { regions, witness, messages, nextEvent, acknowledged, givenUp } = world;
  const { crashes, lostVolumes, switchovers, forces, restores } = world;
  const onWay =
    messages.length < 2 ? messages.map(encodeMessage) : messages.map(encodeMessage).sort();
  return (
    `${encodeRegion(regions[0])} ${encodeRegion(regions[1])} ${encodeWitness(witness)} ` +
    `${onWay.join('+')} ${nextEvent}${acknowledged}-${givenUp} ` +
    `${crashes}${lostVolumes}${switchovers}${forces}${restores}`
  );
}

// Most moves change one part: the others are the same objects, whose texts are known.
const regionTexts = new WeakMap<Region, string>();
const registerTexts = new WeakMap<Register, string>();

function encodeRegion(region: Region): string {
  const known = regionTexts.get(region);
  if (known !== undefined) return known;
  const { node, log, synced, rows, released, copied, confirmed, epochStart } = region;
  const { follows, told, toldEpoch, held, isPeerTold, isHandOverWanted, isAsking } = region;
  const flags = `${isPeerTold ? 1 : 0}${isHandOverWanted ? 1 : 0}${isAsking ? 1 : 0}`;
  const register = node.register === 'none' ? '-' : encodeRegister(registerOf(node));
  const text =
    `${encodeRole(region)}${register}/${log}/${rows}/${synced}${released}${copied}${confirmed}` +
    `${epochStart}${follows}${told}${toldEpoch}${held}${flags}`;
  regionTexts.set(region, text);
  return text;
}

function encodeRole({ node: { role } }: Region): string {
  switch (role.kind) {
    case 'fenced':
      return 'X';
    case 'follower':
      return `F${role.epoch}`;
    case 'primary':
      return `${role.gate === 'alone' ? 'S' : 'M'}${role.epoch}`;
    case 'handing-over':
      return `H${role.epoch}`;
  }
}

export function encodeRegister(register: Register | undefined): string {
  if (register === undefined) return '?';
  const known = registerTexts.get(register);
  if (known !== undefined) return known;
  const { version, epoch, primary, inSync, baseEpoch, forcedEpoch } = register;
  const text = `${version}${epoch}${primary}${inSync ? 1 : 0}${baseEpoch}${forcedEpoch}`;
  registerTexts.set(register, text);
  return text;
}

function encodeWitness({ ledger: { register, doubt }, copy }: Witness): string {
  const said =
    doubt === undefined ? '' : REGIONS.map((name) => encodeRegister(doubt.get(name))).join();
  return `${encodeRegister(register)}~${encodeRegister(copy)}~${said}`;
}

export function encodeMessage(message: Message): string {
  if (message.kind === 'token') {
    return `t${message.to}${message.fromEpoch}${encodeRegister(message.register)}`;
  }
  return encodeRequest(message.request);
}

function encodeRequest({ region, decidedOn, change }: ChangeRequest): string {
  const epoch = 'epoch' in change ? change.epoch : '';
  const alone = 'isAlone' in change && change.isAlone ? 'S' : '';
  return `${region}${change.kind}${epoch}${alone}@${encodeRegister(decidedOn)}`;
}
