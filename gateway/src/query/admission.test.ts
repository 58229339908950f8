import { beforeEach, expect, test } from 'vitest';
import { Admission, WORK_CLASSES, type WorkClass } from './admission.ts';

let lagMs: number;
let shed: WorkClass[];
let admission: Admission;

beforeEach(() => {
  lagMs = 0;
  shed = [];
  admission = new Admission({
    runningMax: 8,
    loopLagMs: () => lagMs,
    shedHistoryLagMs: 150,
    shedLatestLagMs: 1_000,
    retryAfterSeconds: 1,
    onShed: (name) => shed.push(name),
  });
});

/** Work that ends when it is told to. */
function startWork(name: WorkClass): { readonly done: Promise<string>; end(): void } {
  const gate = Promise.withResolvers<string>();
  return { done: admission.run(name, () => gate.promise), end: () => gate.resolve(name) };
}

test('history leaves room for latest, which goes first when a place is free', async () => {
  const history = Array.from({ length: 8 }, () => startWork('history'));
  expect(admission.load('history')).toEqual({ running: 6, waiting: 2 });
  const latest = Array.from({ length: 4 }, () => startWork('latest'));
  expect(admission.load('latest')).toEqual({ running: 2, waiting: 2 });
  history[0]?.end();
  await history[0]?.done;
  expect(admission.load('latest')).toEqual({ running: 3, waiting: 1 });
  expect(admission.load('history')).toEqual({ running: 5, waiting: 2 });
  for (const work of [...history, ...latest]) work.end();
  await Promise.all([...history, ...latest].map(({ done }) => done));
  expect(admission.load('latest')).toEqual({ running: 0, waiting: 0 });
});

test('what would wait too long is refused at once, with the time to come again', async () => {
  const { running, waiting } = WORK_CLASSES.summary;
  const works = Array.from({ length: running + waiting }, () => startWork('summary'));
  await expect(startWork('summary').done).rejects.toMatchObject({
    kind: 'overloaded',
    headers: { 'retry-after': '1' },
  });
  expect(shed).toEqual(['summary']);
  for (const work of works) work.end();
  await Promise.all(works.map(({ done }) => done));
});

test('a late event loop gives up history first and latest last', async () => {
  lagMs = 200;
  await expect(startWork('history').done).rejects.toMatchObject({ kind: 'overloaded' });
  const latest = startWork('latest');
  latest.end();
  await latest.done;
  lagMs = 1_500;
  await expect(startWork('latest').done).rejects.toMatchObject({ kind: 'overloaded' });
  expect(shed).toEqual(['history', 'latest']);
});

test('work that fails gives its place back', async () => {
  const broken = admission.run('history', () => Promise.reject(new Error('broken')));
  await expect(broken).rejects.toThrow('broken');
  expect(admission.load('history')).toEqual({ running: 0, waiting: 0 });
});
