import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULT_ROWS } from './fault-rows.ts';
import { isSound, resultsOf, tableOf, type VitestReport } from './process-results.ts';

// Tries the rows of the fault matrix that processes can try, and prints the matrix.

const VITEST = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));
const { values } = parseArgs({
  options: { times: { type: 'string', default: '1' }, row: { type: 'string', multiple: true } },
});
const times = Number(values.times);
const wanted = values.row?.map(Number);
const rows = FAULT_ROWS.filter(({ row }) => wanted === undefined || wanted.includes(row));
const files = new Set(rows.flatMap(({ processes }) => processes.map(({ file }) => `e2e/${file}`)));
const folder = mkdtempSync(path.join(tmpdir(), 'feedmill-faults-'));
const reports: VitestReport[] = [];
try {
  for (let run = 1; run <= times && files.size > 0; run += 1) {
    const report = path.join(folder, `${run}.json`);
    const parameters = ['run', '--project', 'e2e*', '--reporter=default', '--reporter=json'];
    spawnSync(process.execPath, [VITEST, ...parameters, `--outputFile.json=${report}`, ...files], {
      stdio: 'inherit',
    });
    reports.push(JSON.parse(readFileSync(report, 'utf8')) as VitestReport);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const results = resultsOf(rows, reports);
process.stdout.write(`\n${tableOf(results)}\n`);
process.exitCode = isSound(results, times) ? 0 : 1;
