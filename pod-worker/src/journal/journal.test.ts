import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '@feedmill/core/adapters/node-disk';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpoch, asPosition } from '@feedmill/core/brand';
import type { DiskFile } from '@feedmill/core/disk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal, type JournalOptions } from './journal.ts';
import { ENTRY_HEADER_BYTES, EntryKind, type JournalEntry } from './journal-entry.ts';

const SEGMENT_BYTES = 64 * 1024;
const disk = nodeDisk();
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'feedmill-journal-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Opened {
  readonly journal: Journal;
  readonly recovered: JournalEntry[];
  readonly failures: Error[];
}

/** Opens the journal as a worker does that holds its shard. */
async function open(overrides: Partial<JournalOptions> = {}): Promise<Opened> {
  const opened = await look(overrides);
  await opened.journal.hold();
  return opened;
}

/** Opens the journal as a worker does that may not get its shard. */
async function look(overrides: Partial<JournalOptions> = {}): Promise<Opened> {
  const recovered: JournalEntry[] = [];
  const failures: Error[] = [];
  const journal = await Journal.open({
    disk,
    folder: root,
    identity: { clusterId: 'test', shard: 3 },
    clock: systemClock(),
    segmentBytes: SEGMENT_BYTES,
    groupBytesMax: 16 * 1024,
    tailBytesMax: 32 * 1024,
    readAheadBytes: 8 * 1024,
    fromPosition: asPosition(0),
    onRecovered: (entry) => recovered.push({ ...entry, payload: Buffer.from(entry.payload) }),
    onDurable: () => undefined,
    onSync: () => undefined,
    onFailure: (error) => failures.push(error),
    ...overrides,
  });
  return { journal, recovered, failures };
}

function payload(position: number, bytes = 400): Buffer {
  return Buffer.alloc(bytes, `payload ${position} `);
}

function append(journal: Journal, count: number, bytes?: number, from = 1): void {
  for (let index = 0; index < count; index += 1) {
    journal.append({
      kind: EntryKind.BATCH,
      epoch: asEpoch(1),
      producerId: 7n,
      incarnation: 1n,
      firstSequence: (from + index - 1) * 10 + 1,
      eventCount: 10,
      skipCount: 0,
      payload: payload(from + index, bytes),
    });
  }
}

/** A file's functions, which may be handed on without it. */
const bound = (file: DiskFile): DiskFile => ({
  write: async (buffers, offset) => await file.write(buffers, offset),
  read: async (target, offset) => await file.read(target, offset),
  sync: async () => await file.sync(),
  sizeBytes: async () => await file.sizeBytes(),
  truncate: async (lengthBytes) => await file.truncate(lengthBytes),
  close: async () => await file.close(),
});

const SEGMENT = join('segments', `${'1'.padStart(16, '0')}.journal`);

async function patch(
  file: string,
  offset: number,
  change: (byte: number) => number,
): Promise<void> {
  const handle = await disk.open(join(root, file));
  const byte = Buffer.alloc(1);
  await handle.read(byte, offset);
  byte[0] = change(byte[0] ?? 0);
  await handle.write([byte], offset);
  await handle.close();
}

describe('the journal', () => {
  it('gives back after a restart what was made durable, in order', async () => {
    const first = await open();
    append(first.journal, 500);
    await first.journal.drain();
    expect(first.journal.durablePosition).toBe(500);
    await first.journal.close();
    const second = await open();
    expect(second.recovered.map((entry) => entry.position)).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 1),
    );
    expect(second.recovered[499]?.payload).toEqual(payload(500));
    expect(second.journal.recovered.cutBytes).toBe(0);
    append(second.journal, 3, 400, 501);
    await second.journal.drain();
    expect(second.journal.durablePosition).toBe(503);
    await second.journal.close();
  });

  it('is read from memory and from disk alike, across segments', async () => {
    const { journal } = await open();
    append(journal, 700);
    await journal.drain();
    const cursor = journal.cursor(asPosition(0));
    for (let position = 1; position <= 700; position += 1) {
      let entry = cursor.next();
      if (entry === undefined) {
        await cursor.fill();
        entry = cursor.next();
      }
      expect(entry?.position).toBe(position);
      expect(Buffer.compare(entry?.payload ?? Buffer.alloc(0), payload(position))).toBe(0);
    }
    expect(cursor.behind).toBe(false);
    await journal.close();
  });

  it('is read on where what was read at a time ends just where an entry does', async () => {
    const { journal } = await open({ readAheadBytes: 8 * 512 });
    append(journal, 40, 512 - ENTRY_HEADER_BYTES);
    await journal.drain();
    await journal.close();
    const { journal: again } = await open({ readAheadBytes: 8 * 512 });
    const cursor = again.cursor(asPosition(30));
    await cursor.fill();
    expect(cursor.next()?.position).toBe(31);
    await again.close();
  });

  it('never sends a reader to the disk for what has just become durable', async () => {
    let misses = 0;
    const { journal } = await open();
    const cursor = journal.cursor(asPosition(0));
    const watch = setInterval(() => {
      while (cursor.behind) {
        if (cursor.next() !== undefined) continue;
        misses += 1;
        return;
      }
    }, 0);
    for (let round = 0; round < 60; round += 1) {
      append(journal, 2, 100, round * 2 + 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await journal.drain();
    clearInterval(watch);
    expect(misses).toBe(0);
    await journal.close();
  });

  it('cuts a torn tail that nobody was promised, wherever it is torn', async () => {
    const { journal } = await open();
    append(journal, 4, 60);
    await journal.drain();
    await journal.close();
    const entryBytes = ENTRY_HEADER_BYTES + 60;
    const written = await disk.open(join(root, SEGMENT));
    const whole = Buffer.alloc(4 * entryBytes);
    await written.read(whole, 0);
    await written.close();
    // As if the process had died before the acks of the fourth went out.
    const mark = await disk.readFile(join(root, 'acknowledged'));
    for (let kept = 0; kept < entryBytes; kept += 1) {
      // Opened each time: every start puts a copy of the segment in its place.
      const file = await disk.open(join(root, SEGMENT));
      await file.write([whole, Buffer.alloc(entryBytes - kept)], 0);
      await file.write([Buffer.alloc(entryBytes - kept)], 3 * entryBytes + kept);
      await file.close();
      await disk.remove(join(root, 'acknowledged'));
      const again = await open();
      expect(again.journal.recovered.lastPosition, `torn after ${kept} bytes`).toBe(3);
      append(again.journal, 1, 60, 4);
      await again.journal.drain();
      expect(again.journal.durablePosition).toBe(4);
      await again.journal.close();
    }
    expect(mark).toBeDefined();
  });

  it('keeps what was acknowledged when a stopped process finishes its write', async () => {
    const stopped = Promise.withResolvers<void>();
    const resumed = Promise.withResolvers<void>();
    let isStopping = false;
    const openDurable = async (path: string) => {
      const file = await disk.openDurable(path);
      const write = async (buffers: readonly Uint8Array[], offset: number) => {
        if (isStopping) {
          stopped.resolve();
          await resumed.promise;
        }
        await file.write(buffers, offset);
      };
      return { ...bound(file), write };
    };
    const old = await open({ disk: { ...disk, openDurable } });
    append(old.journal, 3);
    await old.journal.drain();
    isStopping = true;
    append(old.journal, 1, 300, 4);
    await stopped.promise;

    const taker = await open();
    append(taker.journal, 5, 400, 4);
    await taker.journal.drain();
    resumed.resolve();
    await old.journal.drain();
    await old.journal.close();
    await taker.journal.close();

    const next = await open();
    expect(next.recovered.map((entry) => entry.payload.byteLength)).toEqual(Array(8).fill(400));
    await next.journal.close();
  });

  it('leaves the journal of its writer alone while another process only looks at it', async () => {
    const { journal } = await open();
    append(journal, 3);
    await journal.drain();
    const other = await look();
    append(journal, 4, 400, 4);
    await journal.drain();
    await other.journal.close();
    await journal.close();
    const next = await open();
    expect(next.recovered).toHaveLength(7);
    await next.journal.close();
  });

  it('is not taken where more was acknowledged since it was read', async () => {
    const { journal } = await open();
    append(journal, 3);
    await journal.drain();
    const taker = await look();
    append(journal, 2, 400, 4);
    await journal.drain();
    await expect(taker.journal.hold()).rejects.toMatchObject({
      code: 'JOURNAL_TAKEN',
      message: expect.stringMatching(/ended at 3 .* 5 was acknowledged/) as string,
    });
    await taker.journal.close();
    await journal.close();
    const next = await open();
    expect(next.recovered).toHaveLength(5);
    await next.journal.close();
  });

  it('refuses to start when an acknowledged entry is torn off, wherever it is torn', async () => {
    const { journal } = await open();
    append(journal, 4, 60);
    await journal.drain();
    await journal.close();
    const entryBytes = ENTRY_HEADER_BYTES + 60;
    const file = await disk.open(join(root, SEGMENT));
    for (let kept = entryBytes - 1; kept >= 0; kept -= 1) {
      await file.write([Buffer.alloc(1)], 3 * entryBytes + kept);
      // The payload's text holds no zero byte, so each round really removes one.
      await expect(open(), `torn after ${kept} bytes`).rejects.toThrow(/4 was acknowledged/);
    }
    await file.close();
  });

  it('refuses to start when a bit of an older entry is flipped, and changes nothing', async () => {
    const { journal } = await open();
    append(journal, 10, 100);
    await journal.drain();
    append(journal, 10, 100, 11);
    await journal.drain();
    await journal.close();
    const entryBytes = ENTRY_HEADER_BYTES + 100;
    for (const at of [2, 30, 60, ENTRY_HEADER_BYTES + 50]) {
      const offset = 6 * entryBytes + at;
      await patch(SEGMENT, offset, (byte) => byte ^ 0x10);
      await expect(open()).rejects.toMatchObject({
        code: 'JOURNAL_CORRUPT',
        message: expect.stringMatching(/damaged after position 6/) as string,
      });
      await disk.remove(join(root, 'acknowledged'));
      await expect(open(), 'found by the entries after it alone').rejects.toThrow(/position 6/);
      await patch(SEGMENT, offset, (byte) => byte ^ 0x10);
    }
    const { journal: healed } = await open();
    expect(healed.recovered.lastPosition).toBe(20);
    await healed.close();
  });

  it('reads on past what a recycled segment held before', async () => {
    const { journal } = await open();
    append(journal, 1000);
    await journal.drain();
    await journal.trim(asPosition(900));
    append(journal, 300, 400, 1001);
    await journal.drain();
    await journal.trim(asPosition(1200));
    append(journal, 150, 300, 1301);
    await journal.drain();
    await journal.close();
    const { journal: again, recovered } = await open({ fromPosition: asPosition(1290) });
    expect(again.recovered.lastPosition).toBe(1450);
    expect(recovered.at(-1)?.payload).toEqual(payload(1450, 300));
    await again.close();
  });

  it('goes on by itself once a full volume has room again, and leaves no half spare', async () => {
    let isFull = true;
    const small = {
      ...disk,
      openDurable: async (path: string) => {
        const file = await disk.openDurable(path);
        if (!path.endsWith('spare')) return file;
        const write = async (buffers: readonly Uint8Array[], offset: number): Promise<void> => {
          await file.write(buffers, offset);
          if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        };
        return {
          write,
          read: file.read.bind(file),
          sync: file.sync.bind(file),
          sizeBytes: file.sizeBytes.bind(file),
          truncate: file.truncate.bind(file),
          close: file.close.bind(file),
        };
      },
    };
    const { journal, failures } = await open({ disk: small });
    append(journal, 10);
    await vi.waitUntil(() => journal.waitingForSpace);
    expect(await disk.list(join(root, 'segments'))).toEqual([]);
    isFull = false;
    await journal.drain();
    expect(journal.durablePosition).toBe(10);
    expect(journal.waitingForSpace).toBe(false);
    expect(failures).toEqual([]);
    await journal.close();
  });

  it("refuses another shard's journal", async () => {
    const { journal } = await open();
    await journal.close();
    await expect(open({ identity: { clusterId: 'test', shard: 4 } })).rejects.toMatchObject({
      code: 'JOURNAL_FOREIGN',
    });
  });

  it('never lets ts_init fall when the wall clock jumps back', async () => {
    const times = [100n, 50n, 200n];
    const clock = { ...systemClock(), wallNanos: () => times.shift() as never };
    const { journal } = await open({ clock });
    append(journal, 3);
    await journal.drain();
    await journal.close();
    const { recovered, journal: again } = await open();
    expect(recovered.map((entry) => entry.tsInit)).toEqual([100n, 100n, 200n]);
    await again.close();
  });

  it('ends with one failure, and never writes again, when the disk reports an error', async () => {
    let attempts = 0;
    const failing = {
      ...disk,
      openDurable: async (path: string) => {
        const file = await disk.openDurable(path);
        return {
          read: file.read.bind(file),
          truncate: file.truncate.bind(file),
          sizeBytes: file.sizeBytes.bind(file),
          close: file.close.bind(file),
          sync: file.sync.bind(file),
          write: async () => {
            attempts += 1;
            throw Object.assign(new Error('input/output error'), { code: 'EIO' });
          },
        };
      },
    };
    const { journal, failures } = await open({ disk: failing });
    append(journal, 5);
    await journal.drain();
    append(journal, 5);
    await journal.drain();
    expect(journal.durablePosition).toBe(0);
    expect(attempts).toBe(1);
    expect(failures).toMatchObject([{ code: 'JOURNAL_IO' }]);
    await journal.close();
  });

  it('says that the volume fails, not that it is damaged, when nothing can be read', async () => {
    let fails = false;
    const failing = {
      ...disk,
      openDurable: async (path: string) => {
        const file = await disk.openDurable(path);
        return {
          write: file.write.bind(file),
          truncate: file.truncate.bind(file),
          sizeBytes: file.sizeBytes.bind(file),
          close: file.close.bind(file),
          sync: file.sync.bind(file),
          read: async (target: Uint8Array, offset: number) => {
            if (fails) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
            return await file.read(target, offset);
          },
        };
      },
    };
    const { journal } = await open({ disk: failing });
    append(journal, 5);
    await journal.drain();
    const reader = journal.reader(asPosition(0));
    fails = true;
    await expect(reader.fill()).rejects.toMatchObject({ code: 'JOURNAL_IO' });
    fails = false;
    await reader.fill();
    expect(reader.next()).toMatchObject({ position: 1 });
    await journal.close();
  });
});
