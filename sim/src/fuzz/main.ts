import { parseArgs } from 'node:util';
import { FeedmillError } from '@feedmill/core/errors';
import fc from 'fast-check';
import type { FuzzTarget } from './fuzz-target.ts';
import { FUZZ_TARGETS } from './fuzz-targets.ts';

const EXIT_FOUND = 1;
const EXIT_USAGE = 2;
const MINUTES = 10;
const MS_PER_MINUTE = 60_000;
const BYTES_PER_MIB = 1024 * 1024;

const USAGE = `npm run fuzz -- [options]

  --minutes N    for each target (default ${MINUTES})
  --target NAME  only this one
  --seed N       begins with this one, as printed of an earlier run
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function requested() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: String(MINUTES) },
      target: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const minutes = Number(values.minutes);
  const targets = FUZZ_TARGETS.filter(
    ({ name }) => values.target === undefined || name === values.target,
  );
  if (!(minutes > 0) || targets.length === 0) {
    const names = FUZZ_TARGETS.map(({ name }) => name).join(', ');
    throw new FeedmillError('USAGE', `Targets are ${names}; minutes are above 0.\n\n${USAGE}`);
  }
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  return { minutes, targets, seed };
}

async function fuzz(target: FuzzTarget, minutes: number, seed?: number): Promise<boolean> {
  const startedMs = performance.now();
  const details = await fc.check(target.property, {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: minutes * MS_PER_MINUTE,
    markInterruptAsFailure: false,
    maxSkipsPerRun: 0,
    examples: target.corpus.map((each) => [each]) as never,
    ...(seed !== undefined && { seed }),
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  const mib = Math.round(process.memoryUsage().rss / BYTES_PER_MIB);
  const verdict = details.failed ? 'FAILED' : 'ok';
  say(
    `${target.name}: ${verdict} after ${details.numRuns} runs in ${seconds} s, seed ` +
      `${details.seed}, ${mib} MiB; ${target.what}`,
  );
  if (details.failed) say(fc.defaultReportMessage(details) ?? '');
  return !details.failed;
}

try {
  const { minutes, targets, seed } = requested();
  let isSound = true;
  for (const target of targets) isSound = (await fuzz(target, minutes, seed)) && isSound;
  process.exitCode = isSound ? 0 : EXIT_FOUND;
} catch (error) {
  const { code, message, stack } = FeedmillError.from(error);
  process.stderr.write(`${code === 'INTERNAL' ? stack : message}\n`);
  process.exitCode = code === 'USAGE' ? EXIT_USAGE : EXIT_FOUND;
}
