import type { WorkerAddress } from './fleet.ts';

const SHARD = '{shard}';

/** Whether the text stands for as many workers as there are shards. */
export const isPattern = (text: string): boolean => text.includes(SHARD);

/**
 * The workers that a text names.
 *
 * @param text host:port of each shard in order, separated by commas; or one with {shard} in it
 * @param shards that there are, for a pattern
 */
export function workersOf(text: string, shards: readonly number[]): WorkerAddress[] {
  if (isPattern(text)) {
    return shards.map((shard) => ({ shard, address: text.replaceAll(SHARD, String(shard)) }));
  }
  return text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
    .map((address, shard) => ({ shard, address }));
}
