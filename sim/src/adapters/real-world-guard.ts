import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import dns from 'node:dns';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import timersPromises from 'node:timers/promises';

type Owner = Record<string, unknown>;

// What is not decided by the scheduler. Whoever reaches for one of these within a simulated run
// makes it differ from the next.
const REAL: readonly (readonly [name: string, owner: object, keys: readonly string[]])[] = [
  ['globalThis', globalThis, ['setTimeout', 'setInterval', 'setImmediate']],
  ['Date', Date, ['now']],
  ['Math', Math, ['random']],
  ['performance', performance, ['now']],
  ['process', process, ['hrtime']],
  ['crypto', crypto, ['randomBytes', 'randomUUID', 'randomInt', 'randomFill']],
  ['timers/promises', timersPromises, ['setTimeout', 'setImmediate']],
  [
    'fs/promises',
    fsPromises,
    ['open', 'readFile', 'writeFile', 'mkdir', 'readdir', 'rename', 'rm'],
  ],
  ['fs', fs, ['open', 'openSync', 'readFile', 'readFileSync', 'writeFile', 'writeFileSync']],
  ['net', net, ['connect', 'createConnection', 'createServer']],
  ['dns', dns, ['lookup', 'resolve']],
  ['child_process', childProcess, ['spawn', 'fork', 'exec', 'execFile']],
];

/** Makes everything real fail while `run` is under way; each attempt is told to `onReach`. */
export async function withoutRealWorld<T>(
  onReach: (what: string) => void,
  run: () => Promise<T>,
): Promise<T> {
  const restore: (() => void)[] = [];
  for (const [name, owner, keys] of REAL) {
    for (const key of keys) {
      const before = (owner as Owner)[key];
      const refuse = (): never => {
        onReach(`${name}.${key}`);
        throw new Error(`a simulated run reached for the real ${name}.${key}`);
      };
      (owner as Owner)[key] = refuse;
      restore.push(() => {
        (owner as Owner)[key] = before;
      });
    }
  }
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct(target, parameters) {
      if (parameters.length === 0) {
        onReach('new Date()');
        throw new Error('a simulated run reached for the real time');
      }
      return Reflect.construct(target, parameters) as object;
    },
  });
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    globalThis.Date = RealDate;
    for (const undo of restore) undo();
    syncBuiltinESMExports();
  }
}
