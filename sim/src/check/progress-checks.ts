import { stableId } from '@feedmill/core/stable-id';
import { EVENT_TABLES } from '@feedmill/store/copy/tables';
import type { SqlRow } from '../postgres/sql-value.ts';
import type { Outcome } from './outcome.ts';

/** What feedmill.producer counts is what the feeds brought. */
export function checkCounters({ findings, feeds, postgres }: Outcome): void {
  const rows = postgres.table('producer').rows;
  for (const { producer, events } of feeds) {
    const row = rows.get(String(stableId(producer)));
    const countOf = (kind: string): bigint =>
      BigInt(events.filter(({ outcome }) => outcome.kind === kind).length);
    const expected = {
      last_sequence: BigInt(events.length),
      events: BigInt(events.length),
      duplicate_events: countOf('duplicate'),
      unstored_events: countOf('unstored'),
      dead_letters: countOf('dead letter'),
    };
    for (const [column, value] of Object.entries(expected)) {
      if (row?.[column] === value) continue;
      findings.add('counters', `${producer} has ${column} ${String(row?.[column])}, not ${value}`);
    }
  }
}

/** Ranges of epochs join, and rise with the sequences: the proof that each had one owner. */
export function checkLedger({ findings, feeds, postgres }: Outcome): void {
  const ledger = [...postgres.table('producer_epoch').rows.values()];
  for (const { producer, events } of feeds) {
    const ranges = ledger
      .filter((row) => row['producer_id'] === stableId(producer))
      .sort((one, other) => Number(one['first_sequence']) - Number(other['first_sequence']));
    const epochs = new Map<number, bigint>();
    let through = 0n;
    for (const range of ranges) {
      const shard = range['shard'] as number;
      const epoch = range['epoch'] as bigint;
      if (range['first_sequence'] !== through + 1n) {
        findings.add('ledger', `${producer}: a range begins at ${text(range)} after ${through}`);
      }
      if (epoch < (epochs.get(shard) ?? 0n)) {
        findings.add('ledger', `${producer}: epochs of shard ${shard} fall: ${text(range)}`);
      }
      epochs.set(shard, epoch);
      through = range['last_sequence'] as bigint;
    }
    if (through !== BigInt(events.length)) {
      findings.add('ledger', `${producer}: the ledger ends at ${through} of ${events.length}`);
    }
  }
}

const text = (row: SqlRow): string =>
  ['shard', 'epoch', 'first_sequence', 'last_sequence']
    .map((column) => `${column} ${String(row[column])}`)
    .join(', ');

/** Nobody received an event before the one that it follows. */
export function checkReceiveTimes({ findings, feeds, postgres }: Outcome): void {
  const times = new Map(
    feeds.map(({ producer, events }) => [stableId(producer), new BigInt64Array(events.length + 1)]),
  );
  for (const name of [...EVENT_TABLES, 'dead_letter']) {
    for (const row of postgres.table(name).rows.values()) {
      const received = times.get(row['producer_id'] as bigint);
      if (received === undefined) continue;
      received[Number(row['producer_sequence'])] = row['ts_init'] as bigint;
    }
  }
  for (const { producer } of feeds) {
    let newest = 0n;
    for (const [sequence, time] of (times.get(stableId(producer)) ?? []).entries()) {
      if (time === 0n) continue;
      if (time < newest) {
        findings.add(
          'receive times',
          `${producer} ${sequence} was received before its predecessor`,
        );
        break;
      }
      newest = time;
    }
  }
}
