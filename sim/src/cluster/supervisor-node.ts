import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BindingRollout } from '@feedmill/cli/binding/binding-rollout';
import { type BindingsRecord, nextBindings } from '@feedmill/cli/binding/bindings-record';
import type { BoundProducer } from '@feedmill/core/adapters/control-client';
import { sleep } from '@feedmill/core/clock';
import { type ShardSnapshot, snapshotOf } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import { CONTROL_CALL_MS } from '@feedmill/core/limits';
import {
  GetStateRequestSchema,
  GetStateResponseSchema,
  SetBindingsRequestSchema,
} from '@feedmill/proto/feedmill/v1/control_pb';
import { SimDisk } from '../disk/sim-disk.ts';
import type { SimVolume } from '../disk/sim-volume.ts';
import type { SimHost } from '../kernel/sim-host.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import { callUnary } from '../net/sim-call.ts';
import { type Kept, KeptNode } from './kept-node.ts';
import type { Region } from './region.ts';
import type { WorkerNode } from './worker-node.ts';
import type { World } from './world.ts';

const FILE = '/bindings.json';
const LOOK_MS = 200;

/** Binds producers to shards, with the code of local mode. */
export class SupervisorNode implements Kept {
  readonly name: string;
  readonly host: SimHost;
  readonly volume: SimVolume;
  readonly kept: KeptNode;
  readonly #world: World;
  readonly #region: Region;
  #wantedShards: number;
  /** Rises with everything that is wanted, and how far that is done. */
  #wishes = 1;
  #wishesDone = 0;

  constructor(world: World, region: Region) {
    this.#world = world;
    this.#region = region;
    this.name = region.nodeName('supervisor');
    this.host = world.host(this.name);
    this.volume = world.volume(this.name);
    this.kept = new KeptNode(world, this);
    this.#wantedShards = world.options.shards;
  }

  /** Whether the workers have the bindings that are wanted. */
  get isSettled(): boolean {
    return this.#wishesDone === this.#wishes;
  }

  /** Has producers moved to this many shards, or away from those beyond. */
  wantShards(count: number): void {
    this.#wantedShards = count;
    this.tellAgain();
  }

  /** Has the bindings told once more: a worker has lost its own. */
  tellAgain(): void {
    this.#wishes += 1;
  }

  live(program: SimProcess): void {
    this.#live(program).catch((error: unknown) => program.fail(FeedmillError.from(error)));
  }

  async #live(program: SimProcess): Promise<void> {
    const disk = new SimDisk(program, this.volume);
    const never = new AbortController().signal;
    for (;;) {
      const wishes = this.#wishes;
      if (!this.isSettled) {
        const content = await disk.readFile(FILE);
        const before = content && (JSON.parse(content.toString('utf8')) as BindingsRecord);
        const producers = this.#world.producerNames;
        const record = nextBindings(before, 'sim', producers, this.#wantedShards);
        const workers = this.#region.workers.map((node) => this.#bindable(program, node));
        const reporter = {
          note: (text: string) => this.#world.note(`${program.name}: ${text}`),
          warn: (text: string) => this.#world.note(`${program.name}: ${text}`),
          show: () => undefined,
          close: () => undefined,
        };
        const rollout = new BindingRollout(
          (saved) => disk.replaceFile(FILE, Buffer.from(JSON.stringify(saved))),
          record,
          { workers },
          { clock: program.clock, reporter },
        );
        await rollout.save();
        await rollout.apply(never);
        this.#wishesDone = wishes;
        this.#world.note(`${program.name}: ${JSON.stringify(record.shardOf)} is bound`);
      }
      await sleep(program.clock, LOOK_MS);
    }
  }

  #bindable(program: SimProcess, node: WorkerNode) {
    const call = async (
      method: 'getState' | 'setBindings',
      request: Uint8Array,
    ): Promise<Buffer> => {
      const target = {
        program,
        network: this.#world.network,
        address: node.address,
        timeoutMs: CONTROL_CALL_MS,
      };
      const answer = await callUnary(target, method, Buffer.from(request));
      if (answer.kind === 'message') return answer.bytes;
      const isAway = answer.code === 'UNAVAILABLE' || answer.code === 'DEADLINE_EXCEEDED';
      throw new FeedmillError(
        isAway ? 'WORKER_UNAVAILABLE' : 'INTERNAL',
        `worker ${node.shard}: ${answer.code} ${answer.details}`,
      );
    };
    return {
      shard: node.shard,
      ready: { grpcAddress: node.address },
      failure: undefined,
      client: {
        setBindings: async (generation: number, bindings: readonly BoundProducer[]) => {
          const request = create(SetBindingsRequestSchema, {
            generation: BigInt(generation),
            bindings: bindings.map((binding) => ({ ...binding })),
          });
          await call('setBindings', toBinary(SetBindingsRequestSchema, request));
        },
      },
      observe: async (): Promise<ShardSnapshot> => {
        const request = toBinary(GetStateRequestSchema, create(GetStateRequestSchema));
        return snapshotOf(fromBinary(GetStateResponseSchema, await call('getState', request)));
      },
    };
  }
}
