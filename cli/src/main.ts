import { randomInt } from 'node:crypto';
import { enableCompileCache } from 'node:module';
import { performance } from 'node:perf_hooks';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { seededRandom } from '@feedmill/core/random';
import type { CommandContext } from './command-context.ts';
import { COMPILE_CACHE_FOLDER } from './compile-cache.ts';
import { reportFailure } from './failure.ts';
import { assertLimits } from './limits.ts';

const SEED_MAX = 2 ** 32 - 1;

assertLimits();

enableCompileCache(COMPILE_CACHE_FOLDER);
const { makeProgram } = await import('./program.ts');

const context: CommandContext = {
  clock: systemClock(),
  random: seededRandom(randomInt(SEED_MAX)),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  sinceStartMs: () => performance.now(),
  setExitCode: (code) => {
    process.exitCode = code;
  },
  exit: (code) => process.exit(code),
};

// A reader that has seen enough (`| head`) is no fault: what runs stops in order. Said once, since
// every further write fails as well, and a second signal would force the stop.
let isReaderGone = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    const isFirst = !isReaderGone;
    isReaderGone = true;
    if (isFirst) process.emit('SIGTERM', 'SIGTERM');
  });
}

const argv = process.argv.slice(2);
try {
  // Without a command there is nothing to do but to say what there is.
  await makeProgram(context).parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
} catch (error) {
  process.exitCode = reportFailure(error, {
    isJson: argv.includes('--json'),
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}
