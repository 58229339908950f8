import fs from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../repository.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const FOLDER = 'store/migrations';

const INTRODUCTION = `Every column of every table of the schema \`feedmill\`.
[What the tables mean](../tables.md) is another page. Unless a note says otherwise: times are
nanoseconds since the Unix epoch, prices and sizes mantissas times 1e-9, numbers of an enum those of
[\`event.proto\`](../../proto/feedmill/v1/event.proto).`;

/** A later migration may give a table another key. */
const NEW_KEY =
  /^alter table feedmill\.(\w+) drop constraint \w+,\s+add primary key \(([^)]+)\);/gm;

/** A later migration may add columns, one a statement. */
const NEW_COLUMN = /^alter table feedmill\.(\w+) add column (.+);/gm;

/** The tables as the migrations make them. */
export function columnsPage(): string {
  const sql = fs
    .readdirSync(path.join(repositoryRoot, FOLDER))
    .sort()
    .map((name) => fs.readFileSync(path.join(repositoryRoot, FOLDER, name), 'utf8'))
    .join('\n');
  const unknown = sql.replaceAll(NEW_KEY, '').replaceAll(NEW_COLUMN, '');
  const changed = /alter table \S+\s+(add|drop|rename)[^;]*/.exec(unknown)?.[0];
  if (changed !== undefined) {
    throw new Error(`tools/reference/columns-page.ts does not know: ${changed}`);
  }
  const parts = [...sql.matchAll(/^create table feedmill\.(\w+) \(\n([\s\S]*?)\n\)([^;]*);/gm)]
    .map(([, name = '', body = '', rest = '']) => ({ name, body, rest }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, body, rest }) => tablePart(name, body, rest, sql));
  return page('Columns', `the migrations in ${sourceLink(FOLDER)}`, [INTRODUCTION, ...parts]);
}

function tablePart(name: string, body: string, rest: string, sql: string): string {
  const rows: string[][] = [];
  let key = '';
  const added = [...sql.matchAll(NEW_COLUMN)]
    .filter(([, changedTable]) => changedTable === name)
    .map(([, , column = '']) => `  ${column}`);
  for (const line of [...body.split('\n'), ...added]) {
    const listed = /^ {2}primary key \((.*)\)/.exec(line)?.[1];
    const [, column, type, constraint = ''] = /^ {2}(\w+) ([a-z0-9[\]]+)(.*?),?$/.exec(line) ?? [];
    if (listed !== undefined) {
      key = listed;
    } else if (column !== undefined && type !== undefined) {
      if (constraint.includes('primary key')) key = column;
      const isKey = constraint.includes('primary key');
      const isNull = !constraint.includes('not null') && !isKey;
      const note = commentOf(`column feedmill.${name}.${column}`, sql);
      rows.push([code(column), type, isNull ? 'yes' : '', note]);
    }
  }
  for (const [, changedTable, columns = ''] of sql.matchAll(NEW_KEY)) {
    if (changedTable === name) key = columns;
  }
  const partition = /partition by range \((\w+)\)/.exec(rest)?.[1];
  const facts = [`Key: ${code(key)}.`];
  if (partition !== undefined) facts.push(`Partitioned by ranges of ${code(partition)}.`);
  const titles = ['column', 'type', 'null', 'note'];
  return [`## ${name}`, facts.join(' '), table(titles, rows)].join('\n\n');
}

/** The text of a \`comment on\`, of which SQL joins several literals. */
function commentOf(what: string, sql: string): string {
  const at = sql.lastIndexOf(`comment on ${what} is`);
  if (at < 0) return '';
  const literals = sql.slice(at).split(';\n', 1)[0] ?? '';
  return [...literals.matchAll(/'((?:[^']|'')*)'/g)]
    .map(([, text = '']) => text.replaceAll("''", "'"))
    .join('');
}
