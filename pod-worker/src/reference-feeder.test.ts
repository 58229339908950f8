import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '@feedmill/core/adapters/system-clock';
import { asEpoch } from '@feedmill/core/brand';
import type { ReferenceKind } from '@feedmill/core/reference/reference-set';
import { expect, it, vi } from 'vitest';
import type { Journal } from './journal/journal.ts';
import { decodeReference, type ReferenceVersion } from './process/reference-version.ts';
import { ReferenceFeeder } from './reference-feeder.ts';

const version = (kind: ReferenceKind, number: number): ReferenceVersion => ({
  kind,
  version: number,
  source: 'test',
  tsLoaded: 1n,
  content: Buffer.from('content'),
});

function feederOf(
  readNewer: (known: ReadonlyMap<ReferenceKind, number>) => Promise<ReferenceVersion[]>,
) {
  const appended: ReferenceVersion[] = [];
  const journal: Pick<Journal, 'append'> = {
    append: (draft) => {
      appended.push(decodeReference(draft.payload));
      return { position: 1 } as ReturnType<Journal['append']>;
    },
  };
  const feeder = new ReferenceFeeder(asEpoch(1), {
    clock: systemClock(),
    journal,
    readNewer,
    known: new Map([['rates', 4]]),
    intervalMs: 1,
    log: { warn: () => undefined, info: () => undefined },
  });
  return { feeder, appended };
}

it('brings what was loaded into the journal once, and what comes later as well', async () => {
  const stored = [version('rates', 4), version('entities', 1)];
  const { feeder, appended } = feederOf(async (known) =>
    stored.filter(({ kind, version: number }) => number > (known.get(kind) ?? 0)),
  );
  await feeder.begin();
  expect(appended).toMatchObject([{ kind: 'entities', version: 1 }]);
  stored.push(version('rates', 5));
  await vi.waitUntil(() => appended.length > 1);
  await wait(10);
  await feeder.stop();
  expect(appended).toMatchObject([
    { kind: 'entities', version: 1 },
    { kind: 'rates', version: 5 },
  ]);
  expect(appended[0]).toEqual({ ...version('entities', 1), content: expect.anything() });
});

it('waits for a Postgres that is away', async () => {
  let attempts = 0;
  const { feeder, appended } = feederOf(async () => {
    attempts += 1;
    if (attempts < 3) throw new Error('away');
    return [version('entities', 1)];
  });
  await feeder.begin();
  await feeder.stop();
  expect(appended).toHaveLength(1);
});

it('keeps what it reads until the journal is its own, unless the other region has it', async () => {
  const { feeder, appended } = feederOf(async () => [version('rates', 5), version('entities', 1)]);
  feeder.isActive = false;
  await feeder.begin();
  expect(appended).toEqual([]);
  feeder.note('rates', 5);
  feeder.isActive = true;
  await feeder.stop();
  expect(appended).toMatchObject([{ kind: 'entities', version: 1 }]);
});
