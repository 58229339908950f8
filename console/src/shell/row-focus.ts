/** Rows that the keyboard can walk through carry this attribute. */
const ROW = '[data-row]';

/** Moves the focus to the next row of a table, or to the first. */
export function moveRow(root: ParentNode & { activeElement: Element | null }, by: 1 | -1): void {
  const rows = [...root.querySelectorAll<HTMLElement>(ROW)];
  const at = rows.findIndex((row) => row.contains(root.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  const target = row?.matches('a, button') === true ? row : row?.querySelector('a, button');
  (target as HTMLElement | null | undefined)?.focus();
}
