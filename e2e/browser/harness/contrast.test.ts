import { expect, test } from 'vitest';
import { contrast, contrastFaults, parseColor } from './contrast.ts';
import type { Layer, Paint } from './read-paints.ts';

const layer = (ground: string, image = 'none', opacity = 1): Layer => ({ ground, image, opacity });

const paint = (ink: string, layers: readonly Layer[], changed: Partial<Paint> = {}): Paint => ({
  kind: 'text',
  what: 'a word',
  inks: [ink],
  sizePx: 14,
  weight: 400,
  layers,
  ...changed,
});

const CLEAR = 'rgba(0, 0, 0, 0)';
const WHITE = 'rgb(255, 255, 255)';

test.each([
  ['rgb(0, 0, 0)', WHITE, 21],
  // The lightest grey that is text on white, and the first that is not.
  ['rgb(118, 118, 118)', WHITE, 4.54],
  ['rgb(119, 119, 119)', WHITE, 4.48],
  ['rgb(255, 0, 0)', WHITE, 4.0],
  ['color(srgb 1 0 0)', 'rgba(255, 255, 255, 1)', 4.0],
])('%s on %s has a contrast of %f', (one, other, expected) => {
  expect(contrast(parseColor(one), parseColor(other))).toBeCloseTo(expected, 2);
});

test('text needs 4.5 to 1, large text and what is no text 3 to 1', () => {
  const gray = 'rgb(119, 119, 119)';
  const white = [layer(CLEAR), layer(WHITE)];
  expect(contrastFaults([paint(gray, white)])).toEqual([
    'a word: 4.48 to 1, 4.5 is needed (rgb(119, 119, 119))',
  ]);
  expect(
    contrastFaults([
      paint(gray, white, { sizePx: 24 }),
      paint(gray, white, { sizePx: 19, weight: 700 }),
      paint(gray, white, { kind: 'drawing' }),
    ]),
  ).toEqual([]);
  expect(contrastFaults([paint(gray, white, { sizePx: 19, weight: 600 })])).toHaveLength(1);
});

test('what shines through counts, and so does the worst place of a gradient', () => {
  const black = 'rgb(0, 0, 0)';
  expect(contrastFaults([paint(black, [layer('rgba(0, 0, 0, 0.9)'), layer(WHITE)])])).toHaveLength(
    1,
  );
  expect(contrastFaults([paint(black, [layer(CLEAR, 'none', 0.3), layer(WHITE)])])).toHaveLength(1);
  const gradient = 'linear-gradient(to left, rgb(20, 20, 20) 10%, rgba(0, 0, 0, 0) 10%)';
  expect(contrastFaults([paint(black, [layer(CLEAR, gradient), layer(WHITE)])])).toHaveLength(1);
  const light = 'linear-gradient(rgb(250, 250, 250), rgba(0, 0, 0, 0))';
  expect(contrastFaults([paint(black, [layer(CLEAR, light), layer(WHITE)])])).toEqual([]);
});

test('of the edges of a field the strongest counts, and a picture below is told', () => {
  const edge = { kind: 'edge', inks: [WHITE, 'rgb(90, 90, 90)'] } as const;
  expect(contrastFaults([paint(WHITE, [layer(WHITE)], edge)])).toEqual([]);
  expect(contrastFaults([paint(WHITE, [layer(WHITE, 'url("a.png")')])])).toEqual([
    'a word: lies on a picture, url("a.png")',
  ]);
  expect(contrastFaults([paint('oklch(1 0 0)', [layer(WHITE)])])).toEqual([
    "a word: 'oklch(1 0 0)' is no colour in a notation that is known here.",
  ]);
});
