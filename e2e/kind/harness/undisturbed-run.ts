import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { feedmill } from '../../harness/feedmill-command.ts';
import { RECORDED } from './kind-lab.ts';
import { captureOf, type LabVerdict, type RecordedRows, recordedRows } from './lab-pipeline.ts';

/** What local mode stores of recorded feeds when nothing disturbs it. */
export async function undisturbedRun(
  feeds: ReadonlyMap<string, readonly string[]>,
): Promise<RecordedRows> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'feedmill-undisturbed-'));
  try {
    const sources = [...feeds].flatMap(([feed, files]) => {
      const paths = files.map((file) => path.join(RECORDED, 'binance', file));
      return ['--source', captureOf(paths, 0, feed)];
    });
    const ran = await feedmill('run', '--dir', dir, ...sources);
    if (ran.code !== 0) throw new Error(`feedmill run ended with ${ran.code}:\n${ran.stderr}`);
    const verified = await feedmill('verify', '--dir', dir, '--json');
    return recordedRows((JSON.parse(verified.stdout) as LabVerdict).producers);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
