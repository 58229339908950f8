import { CopyBuffer } from './copy-buffer.ts';
import { SPARE_BUFFER_BYTES_MAX, SPARE_BUFFERS_MAX } from './limits.ts';
import { dayOf, type Period } from './period.ts';
import type { DailyTable, PlainTable } from './tables.ts';

/** Rows for one table and, where it is partitioned, one day. */
export type TableCopy =
  | { readonly table: PlainTable; readonly day: undefined; readonly copy: CopyBuffer }
  | { readonly table: DailyTable; readonly day: Period; readonly copy: CopyBuffer };

/** A day's bounds as halves, for comparisons without bigint. `end` may be one past 64 bits. */
interface DayCopy {
  readonly table: DailyTable;
  readonly day: Period;
  readonly copy: CopyBuffer;
  readonly startHi: number;
  readonly startLo: number;
  readonly endHi: number;
  readonly endLo: number;
}

const HALF = 0xffff_ffffn;

/**
 * The rows of one commit, a buffer for each table and day. Used again and again: reset() keeps the
 * memory. A row's day is found by comparing with the day of the row before.
 */
export class CopySet {
  readonly #copies: TableCopy[] = [];
  readonly #plain = new Map<PlainTable, CopyBuffer>();
  readonly #daily = new Map<string, DayCopy>();
  readonly #recent = new Map<DailyTable, DayCopy>();
  readonly #spares: CopyBuffer[] = [];

  /** All buffers that were asked for since the last reset; some may be empty. */
  get copies(): readonly TableCopy[] {
    return this.#copies;
  }

  get rowCount(): number {
    let count = 0;
    for (const { copy } of this.#copies) count += copy.rowCount;
    return count;
  }

  get byteLength(): number {
    let bytes = 0;
    for (const { copy } of this.#copies) bytes += copy.byteLength;
    return bytes;
  }

  /** The buffer of a table that is not partitioned. */
  plain(table: PlainTable): CopyBuffer {
    const found = this.#plain.get(table);
    if (found !== undefined) return found;
    const copy = this.#take();
    this.#plain.set(table, copy);
    this.#copies.push({ table, day: undefined, copy });
    return copy;
  }

  /** The buffer of a daily table for the day of ts_event, given as halves (`lo` unsigned). */
  daily(table: DailyTable, tsEventHi: number, tsEventLo: number): CopyBuffer {
    const recent = this.#recent.get(table);
    if (
      recent !== undefined &&
      (tsEventHi > recent.startHi ||
        (tsEventHi === recent.startHi && tsEventLo >= recent.startLo)) &&
      (tsEventHi < recent.endHi || (tsEventHi === recent.endHi && tsEventLo < recent.endLo))
    ) {
      return recent.copy;
    }
    return this.#dailyOf(table, (BigInt(tsEventHi) << 32n) | BigInt(tsEventLo));
  }

  reset(): void {
    for (const { copy } of this.#copies) {
      if (copy.capacity <= SPARE_BUFFER_BYTES_MAX && this.#spares.length < SPARE_BUFFERS_MAX) {
        this.#spares.push(copy);
      }
    }
    this.#copies.length = 0;
    this.#plain.clear();
    this.#daily.clear();
    this.#recent.clear();
  }

  #dailyOf(table: DailyTable, tsEvent: bigint): CopyBuffer {
    const day = dayOf(tsEvent);
    const key = `${table}_${day.name}`;
    let found = this.#daily.get(key);
    if (found === undefined) {
      const end = day.end ?? 1n << 63n;
      found = {
        table,
        day,
        copy: this.#take(),
        startHi: Number(day.start >> 32n),
        startLo: Number(day.start & HALF),
        endHi: Number(end >> 32n),
        endLo: Number(end & HALF),
      };
      this.#daily.set(key, found);
      this.#copies.push(found);
    }
    this.#recent.set(table, found);
    return found.copy;
  }

  #take(): CopyBuffer {
    // The last one in is the largest that is warm in the cache.
    const spare = this.#spares.pop();
    if (spare === undefined) return new CopyBuffer();
    spare.reset();
    return spare;
  }
}
