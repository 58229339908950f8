import { systemClock } from '@feedmill/core/adapters/system-clock';
import { FeedmillError } from '@feedmill/core/errors';
import pg from 'pg';
import { ShardSession } from '../shard-session/shard-session.ts';
import { SAMPLE_DAY, SampleEvents } from './sample-events.ts';

/**
 * A shard's holder in a process of its own, for tests that stop it: commits one trade after the
 * other until it is fenced. With `locking` it sits in a transaction that has the shard's row.
 *
 * Arguments: URL, shard, `committing` or `locking`.
 */
const [url = '', shardText = '', mode = ''] = process.argv.slice(2);
const shard = Number(shardText);

function say(word: string): void {
  process.stdout.write(`${word}\n`);
}

const session = await ShardSession.acquire(
  { url, shard, clusterId: 'test', holder: 'child' },
  systemClock(),
);

if (mode === 'locking') {
  const client = new pg.Client({
    connectionString: url,
    application_name: `feedmill-shard-${shard}-epoch-${session.epoch}`,
  });
  client.on('error', () => say('connection-lost'));
  await client.connect();
  await client.query('begin');
  await client.query('select feedmill.advance_shard($1, $2, 0, 1)', [shard, session.epoch]);
  say('holding');
} else {
  const events = new SampleEvents(`child-${shard}`);
  for (;;) {
    events.copies.reset();
    const first = events.nextSequence;
    events.trade(SAMPLE_DAY + BigInt(first));
    const batch = events.batch(first, first - 1);
    const outcome = await session.commit(batch);
    if (outcome.kind === 'committed') {
      if (first === 1) say('holding');
      continue;
    }
    if (outcome.kind === 'fenced') {
      say('fenced');
      break;
    }
    try {
      await session.settle(batch);
    } catch (error) {
      say(error instanceof FeedmillError && error.code === 'FENCED' ? 'fenced' : String(error));
      break;
    }
  }
  process.exit(0);
}
