import { LIMITS, type WorkerLimits } from '@feedmill/pod-worker/limits';
import type { VolumeTraits } from '../disk/sim-volume.ts';
import type { Chance } from '../kernel/chance.ts';
import type { LinkTraits } from '../net/link.ts';
import type { PostgresTraits } from '../postgres/sim-postgres.ts';
import type { FeedOptions } from '../workload/feed-writer.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const SHARDS_OF_PAIR_MAX = 2;
/** With segments of 128 KiB more than a run brings, and less than a volume takes. */
const JOURNAL_SEGMENTS_OF_PAIR = 300;

/** What a worker of a simulation is configured with. */
export interface WorkerTraits {
  readonly segmentBytes: number;
  readonly journalSegments: number;
  readonly batchBytesMax: number;
  readonly checkpointIntervalMs: number;
  readonly allowedLatenessMs: number;
  readonly quoteAgeMaxMs: number;
  readonly feedSilenceMaxMs: number;
  readonly storesBooks: boolean;
  readonly limits: WorkerLimits;
}

/** What a producer of a simulation is configured with. */
export interface ProducerTraits {
  readonly feed: FeedOptions;
  /** A client without the SDK, whose batches overlap and leave gaps. */
  readonly isPlain: boolean;
  readonly bufferBytesMax: number;
  readonly batchEventsMax: number;
  readonly lingerMs: number;
}

/** What two regions of a simulation are configured with. */
export interface RegionTraits {
  readonly standbyLoss: 'Continue' | 'Stop';
  /** What the way from one site to another takes longer than one within a site, ms. */
  readonly distanceMs: number;
}

/** What two regions are called. */
export const REGION_NAMES = ['east', 'west'] as const;

/** Everything about a cluster that its seed decides before anything happens. */
export interface ClusterOptions {
  readonly shards: number;
  /** Two regions and a witness; undefined: one region. */
  readonly regions: RegionTraits | undefined;
  readonly worker: WorkerTraits;
  readonly producers: readonly ProducerTraits[];
  readonly network: LinkTraits;
  readonly volume: VolumeTraits;
  readonly postgres: PostgresTraits;
  /** How fast each machine's clocks run, and how far their wall clocks are off, ms. */
  readonly clockRates: readonly number[];
  readonly clockOffsetsMs: readonly number[];
  /** How long things go wrong, ms. */
  readonly faultsMs: number;
}

/** @param regionCount 1 or 2 */
export function drawOptions(chance: Chance, regionCount = 1): ClusterOptions {
  const options = drawOneRegion(chance);
  return regionCount === 1 ? options : inTwoRegions(options, chance.of('regions'));
}

/** Both regions are alike. Their journals have room for what waits while one of them is away. */
function inTwoRegions(options: ClusterOptions, chance: Chance): ClusterOptions {
  return {
    ...options,
    shards: Math.min(options.shards, SHARDS_OF_PAIR_MAX),
    regions: {
      standbyLoss: chance.hit(0.8) ? 'Continue' : 'Stop',
      distanceMs: chance.between(1, 60),
    },
    worker: { ...options.worker, journalSegments: JOURNAL_SEGMENTS_OF_PAIR },
  };
}

function drawOneRegion(chance: Chance): ClusterOptions {
  const shards = chance.int(1, 3);
  const faultsMs = chance.int(8_000, 40_000);
  const worker = drawWorker(chance.of('worker'));
  const machines = 12;
  const drifts = chance.hit(0.3);
  return {
    shards,
    regions: undefined,
    faultsMs,
    worker,
    producers: drawProducers(chance.of('producers'), worker.storesBooks, faultsMs),
    network: {
      latencyMs: chance.between(0.05, 2),
      jitterMs: chance.between(0.05, 3),
      lossShare: chance.hit(0.2) ? chance.between(0, 0.3) : 0,
    },
    volume: {
      latencyMs: chance.between(0.02, 0.2),
      syncMs: chance.between(0.2, 3),
      bytesPerMs: 200 * KIB,
      capacityBytes: 64 * MIB,
    },
    postgres: {
      statementMs: chance.between(0.2, 2),
      flushMs: chance.between(0.2, 4),
      connectionsMax: 100,
      recoveryMs: chance.between(200, 2_000),
    },
    clockRates: Array.from({ length: machines }, () => (drifts ? chance.between(0.98, 1.02) : 1)),
    clockOffsetsMs: Array.from({ length: machines }, () =>
      chance.hit(0.3) ? chance.between(-3_600_000, 3_600_000) : chance.between(-50, 50),
    ),
  };
}

/** Small segments, queues and batches, so that every bound is reached. */
function drawWorker(chance: Chance): WorkerTraits {
  const segmentBytes = chance.pick([32, 64, 128]) * KIB;
  const batchBytesMax = chance.pick([4, 8, 16]) * KIB;
  const limits: WorkerLimits = {
    ...LIMITS,
    segmentBytes,
    batchBytesMaxDefault: batchBytesMax,
    bytesInFlightMax: batchBytesMax * chance.int(1, 6),
    groupBytesMax: chance.pick([4, 16, 32]) * KIB,
    unsyncedBytesMax: segmentBytes,
    tailBytesMax: chance.pick([40, 64, 256]) * KIB,
    aheadBytesMax: 32 * KIB,
    readAheadBytes: 2 * batchBytesMax + chance.int(256, 32 * KIB),
    sinkRowsMax: chance.pick([64, 512, 4096]),
    sinkBytesMax: chance.pick([32, 512]) * KIB,
    eventsPerTurnMax: chance.pick([16, 512]),
    sinkRowsEager: chance.pick([32, 4096]),
    checkpointIntervalMs: chance.int(200, 8_000),
  };
  return {
    segmentBytes,
    journalSegments: chance.int(3, 40),
    batchBytesMax,
    checkpointIntervalMs: limits.checkpointIntervalMs,
    allowedLatenessMs: chance.pick([0, 1_000, 5_000]),
    quoteAgeMaxMs: chance.pick([500, 5_000, 600_000]),
    feedSilenceMaxMs: chance.pick([500, 10_000]),
    storesBooks: chance.hit(0.5),
    limits,
  };
}

/** How many producers are made by others, without the SDK. */
const PLAIN_SHARE = 0.3;
const NAMES = ['alpha', 'bravo', 'charlie', 'delta'] as const;
const SYMBOLS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE'] as const;

function drawProducers(chance: Chance, storesBooks: boolean, faultsMs: number): ProducerTraits[] {
  const count = chance.int(1, NAMES.length);
  const total = chance.int(200, 3_000);
  return NAMES.slice(0, count).map((producer) => {
    const events = Math.ceil(total / count);
    return {
      feed: {
        producer,
        events,
        // Some end while things still go wrong, others go on after it.
        eventsPerSecond: (events * 1000) / (faultsMs * chance.between(0.4, 1.3)),
        eventStepMs: chance.between(20, 800),
        instruments: chance.shuffled(SYMBOLS).slice(0, chance.int(1, 3)),
        storesBooks,
      },
      isPlain: chance.of(`client of ${producer}`).hit(PLAIN_SHARE),
      bufferBytesMax: chance.pick([8, 64, 1024]) * KIB,
      batchEventsMax: chance.pick([1, 8, 64]),
      lingerMs: chance.pick([0, 0, 5, 50]),
    };
  });
}
