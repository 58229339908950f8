import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { DrillReport } from '@feedmill/gateway/observe/drill-report';
import { writeJsonFile } from '../json-file.ts';
import type { DrillProgram } from './drill-kinds.ts';
import type { DrillSummary } from './drill-summary.ts';

/** Where in Feedmill's folder the reports are that the gateway shows. */
export const drillsFolder = (dir: string): string => path.join(dir, 'drills');

export interface DrillEnd {
  readonly name: DrillProgram;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly summary: DrillSummary;
  /** What kept it from coming to its end. */
  readonly why: string | undefined;
}

/** The time comes first, so that names sort by it; the process tells apart what began at once. */
export function reportOf({ name, startedMs, summary, why }: DrillEnd, pid: number): DrillReport {
  const time = new Date(startedMs).toISOString().replace(/[^0-9]/g, '');
  const { repetitions, acknowledged, lost, doubled, unequal } = summary;
  return {
    id: `${time}-${name}-${pid}`,
    drill: name,
    startedMs,
    passed: summary.ok && repetitions > 0 && why === undefined,
    why: why ?? null,
    repetitions,
    streamRtoMs: repetitions === 0 ? null : summary.streamRtoMs.max,
    storeRtoMs: repetitions === 0 ? null : summary.storeRtoMs.max,
    acknowledged,
    lost,
    doubled,
    unequal,
  };
}

/** @param dir Feedmill's folder */
export async function keepReport(dir: string, report: DrillReport): Promise<void> {
  const folder = drillsFolder(dir);
  await mkdir(folder, { recursive: true });
  await writeJsonFile(path.join(folder, `${report.id}.json`), report);
}
