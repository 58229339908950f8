import { expect, test } from 'vitest';
import { codeOnly } from './code-only.ts';

const squeezed = (text: string): string => codeOnly(text).replaceAll(/ +/g, ' ').trim();

test('blanks comments and keeps the lines', () => {
  expect(codeOnly('a /* Date.now\n */ b // c\nd')).toBe('a            \n    b     \nd');
});

test('blanks strings, with escaped quotes inside', () => {
  expect(squeezed(String.raw`f('it\'s // no comment', "x")`)).toBe('f( , )');
});

test('blanks a template but keeps the code in its placeholders', () => {
  expect(squeezed('`a ${f({ b: `c ${d} e` })} g` + h')).toBe('f({ b: d }) + h');
});

test('tells a regular expression from a division', () => {
  expect(squeezed('x = /[/"]/.test(y) ? a / b : c / d;')).toBe('x = .test(y) ? a / b : c / d;');
});

test('a quote inside a regular expression opens no string', () => {
  expect(squeezed(`s.replace(/'/g, q); Date.now()`)).toBe('s.replace( g, q); Date.now()');
});
