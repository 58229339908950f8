import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../adapters/switch-mutant.ts';
import { editedSource, editsByFile } from './edited-source.ts';
import { MUTANTS } from './mutants.ts';

describe('the mutants', () => {
  it.each(MUTANTS)('$name finds what it changes', ({ edits }) => {
    for (const [file, ofFile] of editsByFile(edits)) {
      const source = readFileSync(path.join(REPOSITORY, file), 'utf8');
      expect(editedSource(source, ofFile)).not.toBe(source);
    }
  });

  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it('do not pass for switched on where the code has changed under them', () => {
    const edit = { file: 'a.ts', find: 'one', replace: 'two' };
    expect(() => editedSource('three', [edit])).toThrow('0 times');
    expect(() => editedSource('one one', [edit])).toThrow('2 times');
  });
});
