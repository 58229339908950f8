/** What to know about shards that did not drain in time. */
export function unfinishedText(shards: readonly number[]): string {
  return (
    `Shard ${shards.join(', ')} did not commit everything in time. Nothing is lost: ` +
    'the rest is in the journal and is committed at the next start.'
  );
}
