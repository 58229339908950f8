import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { StopSignals } from './stop-signals.ts';

test('the first signal asks for a stop, the second forces it, and no further one does more', () => {
  const process = new EventEmitter();
  let forced = 0;
  const stop = new StopSignals(process, () => {
    forced += 1;
  });
  expect(stop.signal.aborted).toBe(false);
  process.emit('SIGINT');
  expect([stop.signal.aborted, forced]).toEqual([true, 0]);
  process.emit('SIGTERM');
  process.emit('SIGINT');
  expect(forced).toBe(1);
});

test('a closed terminal asks for an orderly stop', () => {
  const process = new EventEmitter();
  const stop = new StopSignals(process, () => undefined);
  process.emit('SIGHUP');
  expect(stop.signal.aborted).toBe(true);
  stop.dispose();
  expect(process.eventNames()).toEqual([]);
});
