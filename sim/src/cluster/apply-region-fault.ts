import { create } from '@bufbuild/protobuf';
import { HandOverRequestSchema } from '@feedmill/proto/feedmill/v1/control_pb';
import type { Chance } from '../kernel/chance.ts';
import { SimProcess } from '../kernel/sim-process.ts';
import type { Link } from '../net/link.ts';
import { encoded } from '../net/server-calls.ts';
import { callUnary } from '../net/sim-call.ts';
import type { RegionFaultKind } from './fault-plan.ts';
import type { Region } from './region.ts';
import type { World } from './world.ts';

const HAND_OVER_MS = 3_000;
const CALL_MS = 5_000;

/** Machines that stand in one place. */
type Site = readonly string[];

/** Has a fault take place that concerns two regions; returns how it ends. */
export function applyRegionFault(
  world: World,
  kind: RegionFaultKind,
  chance: Chance,
): (() => void) | undefined {
  const region = chance.pick(world.regions);
  const [one = [], other = []] = chance.shuffled(sitesOf(world));
  switch (kind) {
    case 'lose region':
      loseRegion(world, region);
      return cut(world, [...between(world, siteOf(world, region), elsewhere(world, region))]);
    case 'cut off region':
      return cut(world, [...between(world, siteOf(world, region), elsewhere(world, region))]);
    case 'cut sites':
      return cut(world, [...between(world, one, other)]);
    case 'one-way cut of sites':
      return cut(world, [...linksFrom(world, one, other)]);
    case 'kill witness':
      world.witness?.kept.kill(false);
      return undefined;
    case 'power cut of witness':
      world.witness?.kept.kill(true);
      return undefined;
    case 'pause witness':
      return world.witness?.kept.pause();
    case 'switch over':
      switchOver(world, region, chance);
      return undefined;
  }
}

/** Everything there loses its power; what starts again is cut off while the fault lasts. */
function loseRegion(world: World, region: Region): void {
  const { workers, postgres } = region;
  for (const { kept } of workers) kept.kill(true);
  world.supervisorOf(region).kept.kill(true);
  postgres.crash();
}

/** Somebody hands over what the region is primary of. Where that fails, everything stays. */
function switchOver(world: World, { workers }: Region, chance: Chance): void {
  const { network, scheduler } = world;
  const host = world.host('operator');
  const program = new SimProcess('operator', host, scheduler, chance.of('operator'));
  const bytes = encoded(
    HandOverRequestSchema,
    create(HandOverRequestSchema, { timeoutMs: HAND_OVER_MS }),
  );
  for (const { address, name } of workers) {
    const target = { program, network, address, timeoutMs: CALL_MS };
    void callUnary(target, 'handOver', bytes).then((answer) => {
      const text = answer.kind === 'message' ? 'handed over' : answer.details;
      world.note(`${name}: ${text}`);
    });
  }
}

const siteOf = (world: World, region: Region): Site => [
  ...region.workers.map(({ host }) => host.name),
  world.supervisorOf(region).host.name,
  region.nodeName('postgres'),
];

/** The regions, the witness, and where the feeds come from. */
const sitesOf = (world: World): Site[] => [
  ...world.regions.map((region) => siteOf(world, region)),
  ...(world.witness === undefined ? [] : [[world.witness.host.name]]),
  world.producers.map(({ host }) => host.name),
];

function elsewhere(world: World, region: Region): Site {
  const here = new Set(siteOf(world, region));
  return world.hosts.map(({ name }) => name).filter((name) => !here.has(name));
}

function* linksFrom({ network }: World, from: Site, to: Site): Generator<Link> {
  for (const one of from) for (const other of to) yield network.link(one, other);
}

function* between(world: World, one: Site, other: Site): Generator<Link> {
  yield* linksFrom(world, one, other);
  yield* linksFrom(world, other, one);
}

function cut({ scheduler }: World, links: readonly Link[]): () => void {
  for (const link of links) link.cut(scheduler.nowMs);
  return () => {
    for (const link of links) link.heal();
  };
}
