import { systemClock } from '@feedmill/core/adapters/system-clock';
import { sleep } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { destination, pino } from 'pino';
import { sqlStateOf } from '../connection/pg-error.ts';
import { type MigrateConfig, migrateConfig } from './config.ts';
import { RETRY_MS } from './limits.ts';
import { migrate } from './migrate.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const log = pino({ level: 'info' }, destination({ fd: 2, sync: true }));
const clock = systemClock();
const sentences = {
  info: (message: string) => log.info({}, message),
  warn: (message: string) => log.warn({}, message),
};

/** Tries while nobody answers; what Postgres itself says, such as a wrong password, is final. */
async function migratePatiently({ postgres, waitMs }: MigrateConfig): Promise<number> {
  const endMs = clock.monotonicMs() + waitMs;
  for (;;) {
    try {
      return await migrate(postgres, sentences);
    } catch (error) {
      const failure = FeedmillError.from(error);
      const isSaid = sqlStateOf(failure.cause)?.startsWith('57') === false;
      if (!failure.retryable || isSaid || clock.monotonicMs() > endMs) throw failure;
      log.warn({}, failure.message);
      await sleep(clock, RETRY_MS);
    }
  }
}

try {
  const config = migrateConfig(process.argv.slice(2), process.env);
  const version = await migratePatiently(config);
  log.info({ version }, `The schema has version ${version}.`);
} catch (thrown) {
  const error = FeedmillError.from(thrown);
  log.fatal({ code: error.code }, error.message);
  const isUsage = error.code === 'USAGE' || error.code === 'CONFIG_INVALID';
  process.exit(isUsage ? EXIT_USAGE : EXIT_FAILED);
}
