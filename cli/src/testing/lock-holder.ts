// Takes the folder that its argument names, says how that went, and keeps it until it is killed.
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { FeedmillError } from '@feedmill/core/errors';
import { lockFolder } from '../folder-lock.ts';

try {
  await lockFolder(process.argv[2] ?? '', 'up', systemClock());
  process.send?.('held');
} catch (error) {
  process.send?.(FeedmillError.from(error).code);
}
// The channel to the parent keeps the process alive.
process.on('message', () => undefined);
