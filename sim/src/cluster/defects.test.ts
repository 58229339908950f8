import { create, toBinary } from '@bufbuild/protobuf';
import { SetBindingsRequestSchema } from '@feedmill/proto/feedmill/v1/control_pb';
import { describe, expect, it } from 'vitest';
import { SimProcess } from '../kernel/sim-process.ts';
import { callUnary } from '../net/sim-call.ts';
import { Scenario } from '../testing/scenario.ts';
import type { ClusterOptions } from './cluster-options.ts';
import type { ProducerNode } from './producer-node.ts';

// Each of these was found by a seed. The names say what a user would have seen.

const SEED = 7;

const withShards =
  (shards: number) =>
  (options: ClusterOptions): ClusterOptions => ({ ...options, shards });

describe('a cluster', () => {
  it('does not lose acknowledged events when the power goes after a restart', async () => {
    const scenario = new Scenario(SEED, withShards(1));
    const { world } = scenario;
    const [worker] = world.workers;
    const [producer] = world.producers;
    if (worker === undefined || producer === undefined) throw new Error('nobody is there');
    const { promises } = world;
    await scenario.until(() => promises.durableThrough(producer.name) > 20);
    // The next group stays in memory: its sync fails, and nobody says so to the one who restarts.
    worker.volume.failNextSync();
    world.damage.noteSyncError(worker.name);
    await scenario.until(() => worker.kept.program?.hasEnded === true);
    await scenario.until(() => worker.isUp);
    await scenario.pass(200);
    worker.kept.kill(true);
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('keeps receive times in order when a feed moves to where the clock is behind', async () => {
    const scenario = new Scenario(SEED, withShards(2));
    const { world } = scenario;
    await scenario.until(() => world.supervisor.isSettled);
    for (const [index, worker] of world.workers.entries()) {
      worker.host.wallOffsetMs = index === 0 ? -1_800_000 : 1_800_000;
    }
    const [producer] = world.producers;
    await scenario.until(() => world.promises.durableThrough(producer?.name ?? '') > 20);
    world.supervisor.wantShards(1);
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('tells a feed that moved what is committed after its worker was restarted', async () => {
    const scenario = new Scenario(SEED, withShards(2));
    const { world } = scenario;
    const silent = new Set<ProducerNode>();
    // They have sent everything and do not hear any more what became of it.
    await scenario.until(() => {
      for (const producer of world.producers) {
        const { kept, name, feed } = producer;
        if (silent.has(producer) || world.promises.durableThrough(name) < feed.events.length)
          continue;
        if (kept.pause() !== undefined) silent.add(producer);
      }
      return world.producers.every((each) => silent.has(each) || each.kept.isDone);
    });
    world.supervisor.wantShards(1);
    const isCommitted = ({ name, feed }: ProducerNode): boolean =>
      world.committedThrough(name) === feed.events.length;
    await scenario.until(() => world.supervisor.isSettled && world.producers.every(isCommitted));
    const [worker] = world.workers;
    worker?.kept.kill(false);
    await scenario.until(() => worker?.isUp === true);
    for (const { kept } of silent) kept.kill(false);
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('has a sound ledger when a feed leaves a shard and comes back to it', async () => {
    const scenario = new Scenario(SEED, withShards(2));
    const { world } = scenario;
    const committed = (): number =>
      Math.min(...world.producerNames.map((name) => world.committedThrough(name)));
    for (const shards of [1, 2, 1]) {
      const before = committed();
      await scenario.until(() => world.supervisor.isSettled && committed() > before + 5);
      world.supervisor.wantShards(shards);
    }
    await scenario.finish();
    expect(scenario.found).toEqual([]);
    const ledger = [...world.postgres.table('producer_epoch').rows.values()];
    const stays = ledger.map((row) =>
      [row['producer_id'], row['shard'], row['epoch']].map(String).join(' '),
    );
    expect(new Set(stays).size).toBeLessThan(stays.length);
  });

  it('starts while Postgres ends its connections', async () => {
    const scenario = new Scenario(SEED, withShards(1));
    const { world } = scenario;
    for (let each = 0; each < 40; each += 1) {
      await scenario.pass(2);
      world.postgres.terminateOne();
    }
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('takes bindings that are told twice at the same time', async () => {
    const scenario = new Scenario(SEED, withShards(1));
    const { world } = scenario;
    const [worker] = world.workers;
    if (worker === undefined) throw new Error('nobody is there');
    await scenario.until(() => world.supervisor.isSettled);
    const program = new SimProcess(
      'operator',
      world.host('operator'),
      world.scheduler,
      world.chance.of('operator'),
    );
    const { address } = worker;
    const bindings = world.producerNames.map((producer) => ({ producer, shard: 0, address }));
    const request = Buffer.from(
      toBinary(
        SetBindingsRequestSchema,
        create(SetBindingsRequestSchema, { generation: 100n, bindings }),
      ),
    );
    const { network } = world;
    const target = { program, network, address, timeoutMs: 5_000 };
    const answers = await Promise.all([
      tell(scenario, callUnary(target, 'setBindings', request)),
      tell(scenario, callUnary(target, 'setBindings', request)),
    ]);
    expect(answers.toSorted()).toEqual(['UNAVAILABLE', 'taken']);
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('asks only once to accept that a journal is lost', async () => {
    const scenario = new Scenario(SEED, withShards(1));
    const { world } = scenario;
    const [worker] = world.workers;
    const [producer] = world.producers;
    if (worker === undefined || producer === undefined) throw new Error('nobody is there');
    const { promises } = world;
    await scenario.until(() => world.committedThrough(producer.name) > 20);
    worker.kept.kill(true);
    world.damage.note(worker.volume.name, 'all of it');
    worker.volume.wipe();
    world.forgiveLoss(worker.volume);
    await scenario.until(() => worker.isUp);
    // Gone again before it has kept a checkpoint, but not before something was acknowledged.
    const before = promises.durableThrough(producer.name);
    await scenario.until(() => promises.durableThrough(producer.name) > before);
    worker.kept.kill(true);
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('accepts that a journal is lost although Postgres fails meanwhile', async () => {
    const scenario = new Scenario(SEED, withShards(1));
    const { world } = scenario;
    const [worker] = world.workers;
    const [producer] = world.producers;
    if (worker === undefined || producer === undefined) throw new Error('nobody is there');
    const { postgres } = world;
    await scenario.until(() => world.committedThrough(producer.name) > 20);
    worker.kept.kill(true);
    world.damage.note(worker.volume.name, 'all of it');
    worker.volume.wipe();
    world.forgiveLoss(worker.volume);
    postgres.trouble = { share: 0.5, codes: ['53100'] };
    await scenario.until(() => worker.isUp);
    postgres.trouble = undefined;
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('lets a producer in again after a copy of it on a machine whose clock is ahead', async () => {
    const scenario = new Scenario(SEED, withShards(1));
    const { world } = scenario;
    const [producer] = world.producers;
    if (producer === undefined) throw new Error('nobody is there');
    const { promises } = world;
    world.host(`${producer.name} copy 1`).wallOffsetMs = 3_600_000;
    await scenario.until(() => promises.durableThrough(producer.name) > 20);
    const endCopy = producer.copy();
    await scenario.pass(5_000);
    endCopy?.();
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });

  it('goes on when the volume fills up before the first event is acknowledged', async () => {
    const scenario = new Scenario(SEED, withShards(1));
    const { world } = scenario;
    const [worker] = world.workers;
    if (worker === undefined) throw new Error('nobody is there');
    await scenario.until(() => worker.isUp);
    const { volume } = worker;
    volume.takenBytes = volume.capacityBytes - volume.usedBytes;
    await scenario.pass(5_000);
    volume.takenBytes = 0;
    await scenario.finish();
    expect(scenario.found).toEqual([]);
  });
});

async function tell(scenario: Scenario, answer: ReturnType<typeof callUnary>): Promise<string> {
  let told: string | undefined;
  void answer.then((result) => {
    told = result.kind === 'message' ? 'taken' : result.code;
  });
  await scenario.until(() => told !== undefined);
  return told ?? '';
}
