import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULT_ROWS } from './fault-rows.ts';

const sourceOf = (file: string): string =>
  readFileSync(new URL(`../../../e2e/${file}`, import.meta.url), 'utf8');

describe('the fault matrix', () => {
  it('has every row once, in order', () => {
    expect(FAULT_ROWS.map(({ row }) => row)).toEqual(FAULT_ROWS.map((_, index) => index + 1));
  });

  it.each(FAULT_ROWS)('$row, $fault: names tests that exist, or says why not', (each) => {
    const { simulated, processes, beside } = each;
    for (const { file, name } of processes) {
      expect(sourceOf(file).split(name), `${name} in ${file}`).toHaveLength(2);
    }
    if (simulated.length === 0 && processes.length === 0) expect(beside).toBeDefined();
  });
});
