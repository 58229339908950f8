import { createHash, type Hash } from 'node:crypto';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asSequence } from '@feedmill/core/brand';
import type { FeedEvent } from '@feedmill/core/event';
import { WsDialer } from '../../live/adapters/ws-dialer.ts';
import { FetchClient } from '../../net/adapters/fetch-client.ts';
import { NodeTcpDialer } from '../../net/adapters/node-tcp-dialer.ts';
import { openSource } from '../../registry.ts';
import { silentLogger } from '../../sdk/logger.ts';
import type { Source } from '../../source.ts';
import { parseSourceSpec } from '../../source-spec.ts';
import { DiskFiles } from '../adapters/disk-files.ts';
import type { CaptureFiles } from '../capture-files.ts';

/** A source on the real clock, whose warnings are gathered. */
export function sourceOf(spec: string, files: CaptureFiles = new DiskFiles()) {
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  const network = {
    random: Math.random,
    dialer: new WsDialer(),
    http: new FetchClient(),
    tcp: new NodeTcpDialer(),
    stateOf: () => ({ load: async () => undefined, save: async () => undefined }),
    logger: silentLogger,
  };
  const source = openSource(parseSourceSpec(spec), {
    clock: systemClock(),
    files,
    warn,
    network,
  });
  return { source, warnings };
}

/** All events after a number. */
export async function readEvents(source: Source, after = 0): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for await (const chunk of source.events(asSequence(after), new AbortController().signal)) {
    events.push(...chunk);
  }
  return events;
}

/** An event as text, whole, so that equal texts are equal events. */
export function textOf(event: FeedEvent): string {
  return JSON.stringify(event, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

/** One hash over the events from each of `starts` on, without keeping the events. */
export async function suffixHashes(
  source: Source,
  starts: readonly number[],
): Promise<{ count: number; hashes: string[] }> {
  const hashes: Hash[] = starts.map(() => createHash('sha256'));
  let count = 0;
  for await (const chunk of source.events(asSequence(0), new AbortController().signal)) {
    for (const event of chunk) {
      count += 1;
      const text = textOf(event);
      for (const [index, start] of starts.entries()) {
        if (count > start) hashes[index]?.update(text);
      }
    }
  }
  return { count, hashes: hashes.map((each) => each.digest('hex')) };
}

export function hashOf(events: readonly FeedEvent[]): string {
  const hash = createHash('sha256');
  for (const event of events) hash.update(textOf(event));
  return hash.digest('hex');
}
