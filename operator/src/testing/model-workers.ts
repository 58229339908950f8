import type { BoundProducer } from '@feedmill/core/adapters/control-client';
import type { RegionStatus } from '@feedmill/core/control/region-status';
import type { ProducerSnapshot, ShardSnapshot } from '@feedmill/core/control/shard-snapshot';
import { FeedmillError } from '@feedmill/core/errors';
import type { WorkerControl, WorkerPlace } from '../worker/worker-watch.ts';

/** The volume of a shard: what its worker holds survives its pod. */
interface Shard {
  generation: number;
  level: ShardSnapshot['level'];
  /** Producers by whether they are bound; one that is not is being drained. */
  readonly held: Map<string, boolean>;
  drains: boolean;
  /** Its part in a shard that lives in two regions. */
  region: RegionStatus | undefined;
  /** Why it is not handed over; undefined: it is. */
  stays: string | undefined;
}

/** A primary whose other region holds everything. */
export const PRIMARY: RegionStatus = {
  name: 'east',
  peer: 'west',
  role: 'primary',
  why: 'the witness said so',
  primary: 'east',
  epoch: 1,
  inSync: true,
  registerVersion: 1,
  isAlone: false,
  isIsolated: false,
  releasedPosition: 1,
  confirmedPosition: 1,
  peerSilentMs: 0,
  witnessSilentMs: 0,
};

/** Workers as far as the operator can tell: they hold whom they are told, and drain who leaves. */
export class ModelWorkers {
  readonly shards = new Map<number, Shard>();
  /** Pods that answer. */
  readonly up = new Set<string>();
  /** Shards in the order in which they were handed over. */
  readonly handedOver: number[] = [];

  connect(place: WorkerPlace): WorkerControl {
    const answering = (): Shard => {
      if (this.up.has(place.podUid)) return this.shard(place.shard);
      throw new FeedmillError('WORKER_UNAVAILABLE', `shard ${place.shard} does not answer`);
    };
    return {
      getState: async () => snapshotOf(place.shard, answering()),
      setBindings: async (generation, bindings) => {
        tell(answering(), place.shard, generation, bindings);
      },
      handOver: async (_, forced) => {
        const state = answering();
        const { region, stays } = state;
        if (forced && region !== undefined && stays === undefined) {
          const epoch = region.epoch + 1;
          this.handedOver.push(place.shard);
          state.region = { ...region, role: 'primary', primary: region.name, inSync: false, epoch };
          return { primary: region.name, epoch };
        }
        if (region?.role !== 'primary' || stays !== undefined) {
          throw new FeedmillError('WORKER_UNAVAILABLE', stays ?? 'it is not primary');
        }
        this.handedOver.push(place.shard);
        const { peer, epoch } = region;
        state.region = { ...region, role: 'follower', primary: peer, epoch: epoch + 1 };
        return { primary: peer, epoch: epoch + 1 };
      },
      close: () => undefined,
    };
  }

  shard(shard: number): Shard {
    const known = this.shards.get(shard);
    if (known !== undefined) return known;
    const fresh: Shard = {
      generation: 0,
      level: 'normal',
      held: new Map(),
      drains: true,
      region: undefined,
      stays: undefined,
    };
    this.shards.set(shard, fresh);
    return fresh;
  }

  /** Who is held where, as `producer@shard`; one that is drained with a question mark. */
  held(): string[] {
    return [...this.shards]
      .flatMap(([shard, { held }]) =>
        [...held].map(([producer, bound]) => `${producer}@${shard}${bound ? '' : '?'}`),
      )
      .sort();
  }
}

function tell(
  state: Shard,
  shard: number,
  generation: number,
  bindings: readonly BoundProducer[],
): void {
  if (generation < state.generation) throw new FeedmillError('INTERNAL', 'an older generation');
  state.generation = generation;
  const mine = bindings.filter((each) => each.shard === shard && each.moving !== true);
  const names = new Set(mine.map(({ producer }) => producer));
  for (const producer of state.held.keys()) {
    if (names.has(producer)) continue;
    if (state.drains) state.held.delete(producer);
    else state.held.set(producer, false);
  }
  for (const producer of names) state.held.set(producer, true);
}

function snapshotOf(shard: number, { generation, level, held, region }: Shard): ShardSnapshot {
  const producers = [...held].map(
    ([producer, bound]): ProducerSnapshot => ({
      producer,
      bound,
      connected: bound,
      received: 10,
      durable: 10,
      committed: 10,
      duplicates: 0,
      gaps: 0,
      deadLetters: 0,
    }),
  );
  return {
    shard,
    epoch: 1,
    generation,
    level,
    durablePosition: 1,
    committedPosition: 1,
    journalBytes: 0,
    lagMs: 0,
    producers,
    ...(region === undefined ? {} : { region }),
  };
}
