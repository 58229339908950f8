import type { SimVolume } from '../disk/sim-volume.ts';
import { Chance } from '../kernel/chance.ts';
import type { SimPostgres } from '../postgres/sim-postgres.ts';
import { applyRegionFault } from './apply-region-fault.ts';
import type { PlannedFault } from './fault-plan.ts';
import { VOLUME_FOLDER, type WorkerNode } from './worker-node.ts';
import type { World } from './world.ts';

/** Codes of a server in trouble: serialization, deadlock, disk full, memory, cancel, shutdown. */
const TROUBLES = ['40001', '40P01', '53100', '53200', '57014', '58030'] as const;

/** Has a fault take place now; returns how it ends, where it does not end by itself. */
export function applyFault(world: World, fault: PlannedFault): (() => void) | undefined {
  const chance = new Chance(fault.draw);
  const worker = chance.pick(world.workers);
  const producer = chance.pick(world.producers);
  const { network } = world;
  const region = chance.of('region').pick(world.regions);
  const { postgres } = region;
  switch (fault.kind) {
    case 'kill worker':
      worker.kept.kill(false);
      return undefined;
    case 'power cut of worker':
      worker.kept.kill(true);
      return undefined;
    case 'pause worker':
      return worker.kept.pause();
    case 'stop worker':
      worker.stop();
      return undefined;
    case 'kill producer':
      if (!producer.kept.isDone) producer.kept.kill(false);
      return undefined;
    case 'power cut of producer':
      if (!producer.kept.isDone) producer.kept.kill(true);
      return undefined;
    case 'pause producer':
      return producer.kept.pause();
    case 'stop producer':
      producer.stop();
      return undefined;
    case 'kill supervisor':
      world.supervisorOf(region).kept.kill(chance.hit(0.5));
      return undefined;
    case 'rebind':
      world.supervisor.wantShards(chance.int(1, world.workers.length));
      return undefined;
    case 'crash Postgres':
      postgres.crash();
      return undefined;
    case 'slow Postgres':
      return slowPostgres(postgres, chance.between(10, 400));
    case 'pause Postgres': {
      const { program } = postgres;
      program.pause();
      return () => program.resume();
    }
    case 'end session':
      postgres.terminateOne();
      return undefined;
    case 'trouble in Postgres':
      postgres.trouble = { share: chance.between(0.05, 0.9), codes: TROUBLES };
      return () => {
        postgres.trouble = undefined;
      };
    case 'lose commit reply':
      postgres.repliesToLose += chance.int(1, 3);
      return undefined;
    case 'no connections left': {
      postgres.connectionsMax = 0;
      return () => {
        postgres.connectionsMax = world.options.postgres.connectionsMax;
      };
    }
    case 'partition':
    case 'one-way partition':
    case 'isolate machine':
    case 'swizzle clog':
      return cutLinks(world, fault, chance);
    case 'reset connections': {
      const [one, other] = chance.shuffled(world.hosts);
      if (one !== undefined && other !== undefined) network.reset(one.name, other.name);
      return undefined;
    }
    case 'slow network':
      return slowNetwork(world, chance);
    case 'slow disk': {
      const { volume } = chance.hit(0.8) ? worker : producer;
      volume.slowness = chance.between(10, 1_000);
      return () => {
        volume.slowness = 1;
      };
    }
    case 'full disk': {
      const { volume } = worker;
      volume.takenBytes = Math.max(0, volume.capacityBytes - volume.usedBytes);
      return () => {
        volume.takenBytes = 0;
      };
    }
    case 'sync error':
      worker.volume.failNextSync();
      world.damage.noteSyncError(worker.volume.name);
      return undefined;
    case 'misdirected write':
      worker.volume.misdirectNextWrite();
      return undefined;
    case 'bit rot':
      rot(world, worker.volume, chance);
      return undefined;
    case 'clock jump': {
      const host = chance.pick(world.hosts);
      host.wallOffsetMs += chance.between(-3_600_000, 3_600_000);
      return undefined;
    }
    case 'lost checkpoint':
      return loseCheckpoint(worker, chance);
    case 'zombie worker':
      return leaveZombie(worker, chance);
    case 'copied producer':
      return producer.copy();
    case 'old snapshot':
    case 'lost volume':
    case 'swapped volumes':
      return exchangeVolume(world, fault, worker);
    case 'lose region':
    case 'cut off region':
    case 'cut sites':
    case 'one-way cut of sites':
    case 'kill witness':
    case 'power cut of witness':
    case 'pause witness':
    case 'switch over':
      return applyRegionFault(world, fault.kind, chance);
  }
}

/** What is only there to make a start fast may be gone or damaged at any time. */
function loseCheckpoint({ volume }: WorkerNode, chance: Chance): undefined {
  const path = `${VOLUME_FOLDER}/checkpoint`;
  const length = volume.names.find(path)?.length ?? 0;
  if (length === 0) return undefined;
  if (chance.hit(0.5)) volume.names.remove(path);
  else volume.rot(path, chance.int(0, length - 1));
  return undefined;
}

function leaveZombie(worker: WorkerNode, chance: Chance): (() => void) | undefined {
  const { program } = worker.kept;
  if (program === undefined || program.hasEnded) return undefined;
  if (chance.hit(0.7)) program.pause();
  worker.leaveZombie();
  return () => program.resume();
}

/** The machine comes back with another volume than the one that it had. */
function exchangeVolume(
  world: World,
  { kind }: PlannedFault,
  worker: WorkerNode,
): (() => void) | undefined {
  if (!worker.hasOwnVolume) return undefined;
  if (kind === 'lost volume') {
    worker.kept.kill(true);
    world.damage.note(worker.volume.name, kind);
    worker.volume.wipe();
    world.forgiveLoss(worker.volume);
    return undefined;
  }
  if (kind === 'old snapshot') {
    const snapshot = worker.volume.snapshot('durable');
    return () => {
      if (!worker.hasOwnVolume) return;
      worker.kept.kill(true);
      world.damage.note(worker.volume.name, kind);
      worker.volume.restore(snapshot);
      world.forgiveLoss(worker.volume);
    };
  }
  const other = world.workers.find((each) => each !== worker);
  // A volume that is still blank would become the other's.
  if (other === undefined || !worker.isUp || !other.isUp) return undefined;
  for (const { kept } of [worker, other]) kept.kill(true);
  [worker.volume, other.volume] = [other.volume, worker.volume];
  return () => {
    for (const each of world.workers) attachOwnVolume(world, each);
  };
}

function attachOwnVolume(world: World, worker: WorkerNode): void {
  if (worker.hasOwnVolume) return;
  worker.kept.kill(true);
  worker.volume = world.volume(worker.name);
}

function slowPostgres(postgres: SimPostgres, slowness: number): () => void {
  postgres.slowness = slowness;
  return () => {
    postgres.slowness = 1;
  };
}

function cutLinks(world: World, { kind, durationMs }: PlannedFault, chance: Chance): () => void {
  const { network, scheduler } = world;
  const [one, ...others] = chance.shuffled(world.hosts).map(({ name }) => name) as [
    string,
    ...string[],
  ];
  const partners = kind === 'isolate machine' || kind === 'swizzle clog' ? others : [others[0]];
  const links = partners.flatMap((other) =>
    other === undefined ? [] : [network.link(one, other), network.link(other, one)],
  );
  if (kind === 'one-way partition') links.length = 1;
  if (kind !== 'swizzle clog') {
    for (const link of links) link.cut(scheduler.nowMs);
    return () => {
      for (const link of links) link.heal();
    };
  }
  // One by one, and healed in another order.
  const isCut = new Set<(typeof links)[number]>();
  let isOver = false;
  for (const link of links) {
    scheduler.after(chance.between(0, durationMs / 2), 'fault clog', () => {
      if (isOver) return;
      link.cut(scheduler.nowMs);
      isCut.add(link);
    });
    scheduler.after(chance.between(durationMs / 2, durationMs), 'fault unclog', () => {
      if (isCut.delete(link)) link.heal();
    });
  }
  return () => {
    isOver = true;
    for (const link of isCut) link.heal();
    isCut.clear();
  };
}

function slowNetwork({ network, hosts }: World, chance: Chance): () => void {
  const [one, ...others] = chance.shuffled(hosts).map(({ name }) => name) as [string, ...string[]];
  const links = others.flatMap((other) => [network.link(one, other), network.link(other, one)]);
  for (const link of links) {
    link.traits = {
      latencyMs: chance.between(10, 300),
      jitterMs: chance.between(1, 200),
      lossShare: chance.between(0, 0.3),
    };
  }
  return () => {
    for (const link of links) link.calm();
  };
}

function rot(world: World, volume: SimVolume, chance: Chance): void {
  const { name } = volume;
  const files = [...volume.names.entries()].filter(
    ([path, file]) => /\.journal$|\/checkpoint$/.test(path) && file.length > 0,
  );
  if (files.length === 0) return;
  const [path, file] = chance.pick(files);
  world.note(`a bit of ${path} of ${name} flips`);
  world.damage.note(name, `a flipped bit in ${path}`);
  volume.rot(path, chance.int(0, file.length - 1));
}
