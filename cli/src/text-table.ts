/** A column of a table on the terminal. */
export interface TableColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

const GAP = '  ';

/** Lines of a table with a head, every column as wide as its widest cell. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = columnWidths(columns, rows);
  return [headLine(columns, widths), ...rows.map((row) => rowLine(columns, widths, row))];
}

export function columnWidths(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): number[] {
  return columns.map(({ title }, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), title.length),
  );
}

export function headLine(columns: readonly TableColumn[], widths: readonly number[]): string {
  const titles = columns.map(({ title }) => title);
  return rowLine(columns, widths, titles);
}

export function rowLine(
  columns: readonly TableColumn[],
  widths: readonly number[],
  row: readonly string[],
): string {
  return columns
    .map(({ align }, at) => {
      const text = row[at] ?? '';
      const width = widths[at] ?? 0;
      return align === 'right' ? text.padStart(width) : text.padEnd(width);
    })
    .join(GAP)
    .trimEnd();
}
