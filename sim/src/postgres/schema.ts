/** Types of columns that the migrations use. */
export type ColumnType =
  | 'int8'
  | 'int4'
  | 'int2'
  | 'bool'
  | 'float4'
  | 'float8'
  | 'numeric'
  | 'text'
  | 'text[]'
  | 'bytea'
  | 'jsonb'
  | 'timestamptz';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
}

export interface TableSchema {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** Columns that are unique each by itself. */
  readonly uniques: readonly string[];
}

const TYPES: ReadonlySet<string> = new Set<ColumnType>([
  'int8',
  'int4',
  'int2',
  'bool',
  'float4',
  'float8',
  'numeric',
  'text',
  'text[]',
  'bytea',
  'jsonb',
  'timestamptz',
]);

/** Reads the tables out of migrations: the same text that makes them in a real server. */
export function tablesOf(migrations: readonly string[]): TableSchema[] {
  const sql = migrations.join('\n').replaceAll(/--[^\n]*/g, '');
  const tables: TableSchema[] = [];
  for (const match of sql.matchAll(/^create table feedmill\.(\w+) \(/gm)) {
    const name = match[1] as string;
    tables.push(tableOf(name, bodyAt(sql, match.index + match[0].length)));
  }
  for (const match of sql.matchAll(/^alter table feedmill\.(\w+)\s+add column (.+?);/gms)) {
    const index = tables.findIndex((table) => table.name === match[1]);
    const table = tables[index];
    if (table === undefined) throw new SyntaxError(`a column for no table: ${match[0]}`);
    const column = columnOf(match[2] as string);
    tables[index] = { ...table, columns: [...table.columns, column] };
  }
  for (const match of sql.matchAll(
    /^alter table feedmill\.(\w+) drop constraint \w+,\s+add primary key \(([^)]+)\);/gm,
  )) {
    const index = tables.findIndex((table) => table.name === match[1]);
    const table = tables[index];
    if (table === undefined) throw new SyntaxError(`a key for no table: ${match[0]}`);
    tables[index] = { ...table, primaryKey: (match[2] as string).split(/,\s*/) };
  }
  return tables;
}

/** Everything up to the bracket that closes the one before `from`. */
function bodyAt(sql: string, from: number): string {
  let depth = 1;
  let at = from;
  for (; depth > 0; at += 1) {
    if (at >= sql.length) throw new SyntaxError('a table does not end');
    if (sql[at] === '(') depth += 1;
    if (sql[at] === ')') depth -= 1;
  }
  return sql.slice(from, at - 1);
}

function tableOf(name: string, body: string): TableSchema {
  const columns: Column[] = [];
  const uniques: string[] = [];
  let primaryKey: string[] = [];
  for (const item of body.split(/,(?![^(]*\))/).map((text) => text.trim())) {
    const key = /^primary key \(([^)]+)\)$/.exec(item)?.[1];
    if (key !== undefined) {
      primaryKey = key.split(/,\s*/);
      continue;
    }
    const column = columnOf(item);
    columns.push(column);
    if (/\bprimary key\b/.test(item)) primaryKey = [column.name];
    if (/\bunique\b/.test(item)) uniques.push(column.name);
  }
  if (primaryKey.length === 0) throw new SyntaxError(`${name} has no primary key`);
  return { name, columns, primaryKey, uniques };
}

function columnOf(item: string): Column {
  const [, name = '', type = ''] = /^(\w+)\s+([\w[\]]+)/.exec(item) ?? [];
  if (!TYPES.has(type)) throw new SyntaxError(`'${item}' is a column of an unknown type`);
  const isNullable = !/\b(not null|primary key)\b/.test(item);
  return { name, type: type as ColumnType, isNullable };
}
