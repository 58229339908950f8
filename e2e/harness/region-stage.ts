import { expect, test } from 'vitest';
import { digestCalmRun } from './calm-run.ts';
import type { Connector } from './connector.ts';
import { postgresOfFile } from './file-postgres.ts';
import { Lab } from './lab.ts';
import { type PairOptions, RegionPair } from './region-pair.ts';
import type { TableDigest } from './table-digest.ts';
import { until } from './waiting.ts';

/** The one source of a stage. */
export interface StageSource {
  readonly producer: string;
  readonly source: string;
}

/** Two regions in sync, and events on their way. */
export interface RegionStage {
  readonly lab: Lab;
  readonly pair: RegionPair;
  readonly connector: Connector;
}

export interface StagesOfFile {
  readonly source: StageSource;
  readonly open: (name: string, options?: Partial<PairOptions>) => Promise<RegionStage>;
  /** Both regions end with the rows of one region alone. */
  readonly expectSameRows: (pair: RegionPair) => Promise<void>;
  /** Everything comes in sync, goes on to its end, and is equal. */
  readonly expectEqual: (stage: RegionStage) => Promise<void>;
}

/** Runs the source with one region alone, in a test of its own: every stage is held to that. */
export function stagesOfFile(source: StageSource, events: number): StagesOfFile {
  const postgres = postgresOfFile();
  let calm: TableDigest;

  test('one region alone, to compare with', async () => {
    calm = await digestCalmRun(await Lab.open('alone', postgres()), [source]);
    expect(calm.faults).toEqual([]);
    expect(calm.events).toBe(events);
  });

  const expectSameRows = async (pair: RegionPair): Promise<void> => {
    const { east, west } = await pair.digests();
    expect(east.faults).toEqual([]);
    expect(west.faults).toEqual([]);
    expect(east.tables).toEqual(calm.tables);
    expect(west.tables).toEqual(calm.tables);
  };

  return {
    source,
    expectSameRows,
    open: async (name, options = {}) => {
      const lab = await Lab.open(name, postgres());
      const pair = await RegionPair.start(lab, { producers: [source.producer], ...options });
      expect(await pair.inSync()).toBe('east');
      const connector = pair.startConnector(source);
      await flows(connector);
      return { lab, pair, connector };
    },

    expectEqual: async ({ pair, connector }) => {
      await pair.inSync();
      await flows(connector);
      await connector.child.kill();
      await pair.publishRest(source);
      await expectSameRows(pair);
    },
  };
}

/** Last sequence that a connector was told is durable. */
export const durableOf = ({ report }: Connector): number => report?.durable ?? 0;

/** Waits until more is acknowledged. */
export async function flows(connector: Connector): Promise<void> {
  const before = durableOf(connector);
  await until('events flow', () => durableOf(connector) > before + 200, {
    withinMs: 60_000,
    seen: () => connector.report,
  });
}
