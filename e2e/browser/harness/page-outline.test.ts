import { expect, test } from 'vitest';
import { type AxNode, namelessFaults, outlineFaults } from './page-outline.ts';

type Told = readonly [role: string, name: string, level?: number];

function treeOf(...parts: readonly Told[]): AxNode[] {
  const children = parts.map(([role, name, level], at) => ({
    nodeId: String(at + 1),
    ignored: false,
    role: { value: role },
    name: { value: name },
    properties: level === undefined ? [] : [{ name: 'level', value: { value: level } }],
  }));
  const childIds = children.map(({ nodeId }) => nodeId);
  const root = { nodeId: '0', ignored: false, role: { value: 'RootWebArea' }, childIds };
  // Chromium gives them in no order that counts.
  return [root, ...children.toReversed()];
}

const FRAME: readonly Told[] = [
  ['banner', ''],
  ['navigation', 'Pages'],
  ['main', ''],
  ['heading', 'Overview', 1],
  ['heading', 'Feeds', 2],
  ['contentinfo', ''],
];

test('a page with its landmarks, one first heading and names for all has no fault', () => {
  const page = treeOf(...FRAME, ['button', 'Search'], ['link', 'Operate']);
  expect(outlineFaults(page)).toEqual([]);
  expect(namelessFaults(page)).toEqual([]);
});

test('what has no name is found, unless nobody is told of it', () => {
  const [root, ...others] = treeOf(['button', ' '], ['textbox', ''], ['generic', '']);
  const hidden = others.map((node) => ({ ...node, ignored: true }));
  expect(namelessFaults(treeOf(['button', ' '], ['textbox', '']))).toEqual([
    'a button without a name',
    'a textbox without a name',
  ]);
  expect(namelessFaults(root === undefined ? [] : [root, ...hidden])).toEqual([]);
});

test('missing and doubled landmarks are found', () => {
  expect(outlineFaults(treeOf(...FRAME.slice(2), ['main', 'Other']))).toEqual([
    "0 landmarks 'banner', not one",
    "2 landmarks 'main', not one",
    'no navigation',
  ]);
  expect(outlineFaults(treeOf(...FRAME, ['region', 'Feeds'], ['region', 'Feeds']))).toEqual([
    "two landmarks are the region 'Feeds'",
  ]);
});

test('a second first heading and a level left out are found', () => {
  expect(outlineFaults(treeOf(...FRAME, ['heading', 'Deep', 4]))).toEqual([
    "'Deep' is of level 4 behind one of 2",
  ]);
  expect(outlineFaults(treeOf(...FRAME, ['heading', 'Again', 1]))).toEqual([
    '2 headings of level 1, not one',
  ]);
});
