import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpoch, asPosition } from '@feedmill/core/brand';
import type { Disk } from '@feedmill/core/disk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { EntryKind, encodeHeader, type JournalEntry } from './journal-entry.ts';

let root: string;
let opened: Journal[] = [];
let failures: Error[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'feedmill-copy-'));
});
afterEach(async () => {
  for (const journal of opened) await journal.close();
  opened = [];
  failures = [];
  await rm(root, { recursive: true, force: true });
});

async function open(name: string, disk: Disk = nodeDisk()): Promise<Journal> {
  const journal = await Journal.open({
    disk,
    folder: join(root, name),
    identity: { clusterId: 'test', shard: 3 },
    clock: systemClock(),
    segmentBytes: 64 * 1024,
    groupBytesMax: 16 * 1024,
    tailBytesMax: 32 * 1024,
    readAheadBytes: 8 * 1024,
    fromPosition: asPosition(0),
    isOwn: () => false,
    onRecovered: () => undefined,
    onDurable: () => undefined,
    onSync: () => undefined,
    onFailure: (error) => failures.push(error),
  });
  opened.push(journal);
  return journal;
}

async function reopen(journal: Journal, name: string): Promise<Journal> {
  await journal.close();
  opened = opened.filter((each) => each !== journal);
  return await open(name);
}

async function append(journal: Journal, epoch: number, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    journal.append({
      kind: EntryKind.BATCH,
      epoch: asEpoch(epoch),
      producerId: 7n,
      incarnation: 1n,
      firstSequence: journal.appendedPosition * 10 + 1,
      eventCount: 10,
      skipCount: 0,
      payload: Buffer.alloc(400, `epoch ${epoch}, behind ${journal.appendedPosition}. `),
    });
  }
  await journal.drain();
}

async function entriesOf(journal: Journal): Promise<JournalEntry[]> {
  const reader = journal.reader(asPosition(journal.firstPosition - 1));
  const entries: JournalEntry[] = [];
  while (reader.behind) {
    const entry = reader.next();
    if (entry === undefined) await reader.fill();
    else entries.push({ ...entry, payload: Buffer.from(entry.payload) });
  }
  return entries;
}

async function copy(from: Journal, to: Journal): Promise<void> {
  for (const entry of await entriesOf(from)) {
    if (entry.position > to.appendedPosition) to.appendCopy(encodeHeader(entry), entry.payload);
  }
  await to.drain();
}

describe('a copy of a journal', () => {
  it('is the same, entry for entry, also after a restart', async () => {
    const east = await open('east');
    await append(east, 1, 300);
    await append(east, 2, 20);
    const west = await open('west');
    await copy(east, west);
    expect(await entriesOf(west)).toEqual(await entriesOf(east));
    expect(west.lastHash).toBe(east.lastHash);
    const again = await reopen(west, 'west');
    expect(again.durablePosition).toBe(320);
    expect(again.lastHash).toBe(east.lastHash);
    expect(again.epochs).toEqual([
      { epoch: 1, first: 1 },
      { epoch: 2, first: 301 },
    ]);
  });

  it('does not take an entry that does not continue its chain', async () => {
    const [east, west] = [await open('east'), await open('west')];
    await append(east, 1, 2);
    await append(west, 1, 1);
    const [, second] = await entriesOf(east);
    west.appendCopy(encodeHeader(second as JournalEntry), (second as JournalEntry).payload);
    await west.drain();
    expect(failures).toMatchObject([
      { message: expect.stringContaining('a copy continues the chain') },
    ]);
  });
});

describe('a journal that is cut back', () => {
  it.each([305, 150, 1, 0])('behind %i goes on with the other region’s entries', async (after) => {
    const [east, west] = [await open('east'), await open('west')];
    await append(east, 1, after);
    await copy(east, west);
    await append(east, 1, 310 - after);
    await append(west, 2, 250);
    await east.cutAfter(asPosition(after));
    expect(east.durablePosition).toBe(after);
    await copy(west, east);
    expect(await entriesOf(east)).toEqual(await entriesOf(west));
    const again = await reopen(east, 'east');
    expect(again.durablePosition).toBe(after + 250);
    expect(await entriesOf(again)).toEqual(await entriesOf(west));
  });

  it('shows a reader nothing of what was cut', async () => {
    const journal = await open('east');
    await append(journal, 1, 40);
    const reader = journal.reader(asPosition(9));
    await reader.fill();
    expect(reader.next()?.position).toBe(10);
    await journal.cutAfter(asPosition(10));
    expect(reader.next()).toBeUndefined();
    await append(journal, 2, 1);
    await reader.fill();
    expect(reader.next()).toMatchObject({ position: 11, epoch: 2 });
  });

  it('is cut by the next start where a crash came amid the cut', async () => {
    const journal = await open('east');
    await append(journal, 1, 310);
    await journal.close();
    opened = [];
    const disk = nodeDisk();
    let steps = 0;
    for (let crashAt = 0; crashAt < 4; crashAt += 1) {
      const dying: Disk = {
        ...disk,
        remove: async (path) => {
          steps += 1;
          if (steps > crashAt) throw new Error('crash');
          await disk.remove(path);
        },
      };
      steps = 0;
      const again = await open('east', dying).catch(() => undefined);
      await again?.cutAfter(asPosition(200 - crashAt)).catch(() => undefined);
    }
    const last = await open('east');
    expect(last.durablePosition).toBeLessThanOrEqual(200);
    await append(last, 2, 5);
    expect((await entriesOf(last)).at(-1)).toMatchObject({ epoch: 2 });
  });
});
