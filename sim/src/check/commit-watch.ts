import { stableId } from '@feedmill/core/stable-id';
import { EVENT_TABLES } from '@feedmill/store/copy/tables';
import type { SimTable } from '../postgres/sim-table.ts';
import type { SqlRow } from '../postgres/sql-value.ts';
import type { Transaction } from '../postgres/transaction.ts';
import type { PlannedFeed } from '../workload/planned-event.ts';
import type { Findings } from './findings.ts';

const STORES_EVENTS: ReadonlySet<string> = new Set([...EVENT_TABLES, 'dead_letter']);

interface Feed {
  readonly planned: PlannedFeed;
  /** Which sequences have a row. */
  readonly stored: Uint8Array;
  committedThrough: number;
}

/** Looks at every transaction before it becomes visible. */
export class CommitWatch {
  readonly #findings: Findings;
  /** Whether what a processor knew may be gone: then it takes a repetition for something new. */
  readonly #isForgetful: () => boolean;
  readonly #feeds: ReadonlyMap<bigint, Feed>;
  readonly #epochs = new Map<number, bigint>();
  readonly #positions = new Map<number, bigint>();

  constructor(findings: Findings, feeds: readonly PlannedFeed[], isForgetful: () => boolean) {
    this.#findings = findings;
    this.#isForgetful = isForgetful;
    this.#feeds = new Map(
      feeds.map((planned) => [
        stableId(planned.producer),
        { planned, stored: new Uint8Array(planned.events.length + 1), committedThrough: 0 },
      ]),
    );
  }

  committedThrough(producer: string): number {
    return this.#feeds.get(stableId(producer))?.committedThrough ?? 0;
  }

  watch(transaction: Transaction): void {
    const changes = [...transaction.changes()];
    // The rows first: a producer that moves on must have them.
    for (const [table, rows] of changes) {
      const { name } = table.schema;
      if (STORES_EVENTS.has(name)) for (const row of rows.values()) this.#event(name, row);
    }
    for (const [table, rows] of changes) {
      const { name } = table.schema;
      if (name === 'producer') for (const row of rows.values()) this.#producer(row);
      else if (name === 'producer_epoch') for (const row of rows.values()) this.#ledger(row);
      else if (name === 'shard') for (const row of rows.values()) this.#shard(row, table);
    }
  }

  #event(table: string, row: SqlRow): void {
    if (table === 'book_delta' && row['change_index'] !== 0) return;
    const sequence = Number(row['producer_sequence']);
    const feed = this.#feeds.get(row['producer_id'] as bigint);
    const planned = feed?.planned.events[sequence - 1];
    if (feed === undefined || planned === undefined) {
      this.#findings.add('unsent row', `${table} gets ${String(row['producer_id'])} ${sequence}`);
      return;
    }
    const { producer } = feed.planned;
    if (feed.stored[sequence] === 1) {
      this.#findings.add('duplicate', `${producer} ${sequence} is stored a second time`);
    }
    feed.stored[sequence] = 1;
    const { outcome } = planned;
    const expected = outcome.kind === 'stored' ? outcome.table : outcome.kind.replace(' ', '_');
    if (expected !== table && !this.#isForgetful()) {
      this.#findings.add(
        'wrong outcome',
        `${producer} ${sequence} goes to ${table}; it should be ${expected}`,
      );
    }
  }

  #producer(row: SqlRow): void {
    const feed = this.#feeds.get(row['producer_id'] as bigint);
    if (feed === undefined) return;
    const last = Number(row['last_sequence']);
    const { producer, events } = feed.planned;
    for (let sequence = feed.committedThrough + 1; sequence <= last; sequence += 1) {
      const kind = events[sequence - 1]?.outcome.kind;
      const hasRow = kind === 'stored' || kind === 'dead letter';
      if (kind === undefined) {
        this.#findings.add('unsent row', `${producer} is said to have committed ${sequence}`);
      } else if (hasRow && feed.stored[sequence] !== 1) {
        this.#findings.add('gap', `${producer} ${sequence} is passed over`);
      }
    }
    if (last < feed.committedThrough) {
      this.#findings.add('order', `${producer} goes back from ${feed.committedThrough} to ${last}`);
    }
    feed.committedThrough = last;
  }

  #ledger(row: SqlRow): void {
    const shard = Number(row['shard']);
    const epoch = row['epoch'] as bigint;
    const newest = this.#epochs.get(shard) ?? 0n;
    if (epoch < newest) {
      this.#findings.add('epoch', `shard ${shard} commits with epoch ${epoch} after ${newest}`);
    }
    this.#epochs.set(shard, epoch > newest ? epoch : newest);
  }

  #shard(row: SqlRow, table: SimTable): void {
    const shard = Number(row['shard']);
    const position = row['position'] as bigint;
    const before = this.#positions.get(shard) ?? 0n;
    if (position < before) {
      this.#findings.add('order', `shard ${shard} goes back from ${before} to ${position}`);
    }
    this.#positions.set(shard, position);
    const epoch = row['epoch'] as bigint;
    const standing = table.rows.get(String(shard));
    if (standing !== undefined && epoch < (standing['epoch'] as bigint)) {
      this.#findings.add('epoch', `the epoch of shard ${shard} falls to ${epoch}`);
    }
    // From here on nobody with a lower one commits, whether or not this one ever does.
    const newest = this.#epochs.get(shard) ?? 0n;
    this.#epochs.set(shard, epoch > newest ? epoch : newest);
  }
}
