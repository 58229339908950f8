import { PgServerError } from './pg-server-error.ts';
import type { SimTable } from './sim-table.ts';
import { binaryValue, type SqlRow, type SqlValue } from './sql-value.ts';
import type { StatementContext, StatementRun } from './statement-context.ts';

const MESSAGE_HEADER_BYTES = 5;
const COPY_DATA = 'd'.charCodeAt(0);
/** Signature, flags and the length of the extension. */
const FORMAT_HEADER_BYTES = 19;
const TRAILER = -1;

/** `copy feedmill.<target> (columns) from stdin (format binary)`; undefined for anything else. */
export function copyStatement(text: string): StatementRun | undefined {
  const found = /^copy feedmill\.(\w+) \(([^)]+)\) from stdin \(format binary\)$/.exec(text);
  if (found === null) return undefined;
  const [, target = '', columns = ''] = found;
  return async (context, _values, copyData) => {
    const names = columns.split(/,\s*/);
    await copyRows(context, target, names, copyData ?? Buffer.alloc(0));
    return [];
  };
}

async function copyRows(
  { server, session, transaction }: StatementContext,
  target: string,
  names: readonly string[],
  copyData: Buffer,
): Promise<void> {
  const partition = server.partitions.get(target);
  const table = partition?.parent ?? server.table(target);
  const bytes = unframed(copyData);
  let at = FORMAT_HEADER_BYTES;
  while (bytes.readInt16BE(at) !== TRAILER) {
    if (bytes.readInt16BE(at) !== names.length) {
      throw new PgServerError('22P04', 'row field count is another one');
    }
    at += 2;
    const fields = new Map<string, Buffer | undefined>();
    for (const name of names) {
      const length = bytes.readInt32BE(at);
      at += 4;
      fields.set(name, length < 0 ? undefined : bytes.subarray(at, at + length));
      at += Math.max(0, length);
    }
    const row = rowOf(table, fields);
    const tsEvent = row['ts_event'] as bigint;
    if (partition !== undefined && !partition.isDefault) {
      const isInside =
        tsEvent >= partition.from && (partition.to === undefined || tsEvent < partition.to);
      if (!isInside) {
        throw new PgServerError('23514', `new row for relation "${target}" violates its partition`);
      }
    }
    await transaction.insert(table, row, session.lockTimeoutMs);
  }
}

function rowOf(table: SimTable, fields: ReadonlyMap<string, Buffer | undefined>): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (const column of table.schema.columns) {
    row[column.name] = binaryValue(column, fields.get(column.name));
  }
  return row;
}

/** The data of all CopyData messages, one behind the other. */
function unframed(copyData: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (copyData[at] === COPY_DATA) {
    const end = at + 1 + copyData.readInt32BE(at + 1);
    parts.push(copyData.subarray(at + MESSAGE_HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(parts);
}
