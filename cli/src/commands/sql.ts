import { once } from 'node:events';
import { FeedmillError } from '@feedmill/core/errors';
import { plural } from '@feedmill/core/number-text';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { OutputClosed } from '../failure.ts';
import { withFolderDatabase } from '../folder-database.ts';
import { LIMITS } from '../limits.ts';
import { cellOf, fieldNames, isNumberType, jsonOf } from '../sql/pg-value.ts';
import { type ResultPart, runStatement } from '../sql/statement.ts';
import { columnWidths, headLine, rowLine, type TableColumn } from '../text-table.ts';
import { absoluteDir, addFolderOptions, type FolderOptions } from './common-options.ts';

interface SqlOptions extends FolderOptions {
  readonly write?: true;
}

export function addSqlCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('sql')
    .summary('ask Postgres')
    .description(
      'Runs one statement in the Postgres of the folder, also when nothing runs there. It is ' +
        'read-only without --write. Tables are found without their schema, feedmill; the views ' +
        'v_trade, v_quote, v_bar, … show prices and times as people write them.',
    )
    .argument('<statement>', 'one SQL statement')
    .addOption(new Option('--write', 'allow the statement to change something'));
  addFolderOptions(command)
    .addHelpText(
      'after',
      `
With --json: {"columns": [names], "rows": [objects], "rowCount": n}; 64-bit integers and numerics
are strings.

Examples:
  $ feedmill sql 'select * from v_trade order by ts_event desc limit 10'
  $ feedmill sql 'select name, last_sequence, gaps from producer' --json
  $ feedmill sql 'analyze trade' --write`,
    )
    .action((statement: string, options: SqlOptions) => sql(statement, options, context));
}

async function sql(statement: string, options: SqlOptions, context: CommandContext): Promise<void> {
  if (statement.trim() === '') {
    throw new FeedmillError(
      'USAGE',
      "The statement is empty; write one, for instance 'select count(*) from trade'.",
    );
  }
  const isJson = options.json === true;
  await withFolderDatabase(absoluteDir(options), 'sql', context, async (database) => {
    const mayWrite = options.write === true;
    const parts = runStatement(database, statement, { mayWrite, isComplete: isJson });
    if (isJson) await writeDocument(parts, context);
    else await writeTable(parts, context);
  });
}

async function writeDocument(
  parts: AsyncIterable<ResultPart>,
  { stdout }: CommandContext,
): Promise<void> {
  let rowCount = 0;
  let isFirst = true;
  for await (const { columns, rows } of parts) {
    const fields = fieldNames(columns.map(({ name }) => name)).map((name) => JSON.stringify(name));
    if (isFirst) await write(stdout, `{\n  "columns": [${fields.join(', ')}],\n  "rows": [`);
    isFirst = false;
    const lines = rows.map((row, at) => {
      const values = columns.map(
        ({ typeOid }, column) => `${fields[column]}: ${jsonOf(typeOid, row[column] ?? null)}`,
      );
      return `${rowCount + at === 0 ? '' : ','}\n    {${values.join(', ')}}`;
    });
    rowCount += rows.length;
    await write(stdout, lines.join(''));
  }
  await write(stdout, `${rowCount === 0 ? '' : '\n  '}],\n  "rowCount": ${rowCount}\n}\n`);
}

async function writeTable(
  parts: AsyncIterable<ResultPart>,
  { stdout }: CommandContext,
): Promise<void> {
  // A file gets every value whole.
  const columnsMax = stdout.isTTY ? LIMITS.sqlCellColumnsMax : Infinity;
  let table: readonly TableColumn[] = [];
  let widths: readonly number[] | undefined;
  let rowCount = 0;
  for await (const { columns, rows } of parts) {
    const cells = rows.map((row) => row.map((value) => cellOf(value, columnsMax)));
    if (widths === undefined) {
      table = columns.map(({ name, typeOid }) => ({
        title: name,
        align: isNumberType(typeOid) ? 'right' : 'left',
      }));
      // Of the first part: later rows may stand out, but memory stays constant.
      widths = columnWidths(table, cells);
      if (table.length > 0) await write(stdout, `${headLine(table, widths)}\n`);
    }
    const known = widths;
    rowCount += rows.length;
    await write(stdout, cells.map((row) => `${rowLine(table, known, row)}\n`).join(''));
  }
  await write(stdout, table.length === 0 ? 'Done.\n' : `(${plural(rowCount, 'row')})\n`);
}

/** Waits where the reader is slower than Postgres. */
async function write(stdout: NodeJS.WriteStream, text: string): Promise<void> {
  if (stdout.write(text)) return;
  // A reader that has gone (`| head`) takes nothing more: there is nobody to wait for.
  if (stdout.destroyed) throw new OutputClosed();
  await once(stdout, 'drain').catch(() => {
    throw new OutputClosed();
  });
}
