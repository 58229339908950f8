// Contrast as WCAG 2.2 defines it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
import type { Layer, Paint } from './read-paints.ts';

/** Red, green, blue and alpha, 0 to 1 each. */
export type Color = readonly [number, number, number, number];

const WHITE: Color = [1, 1, 1, 1];
const TEXT_MIN = 4.5;
// Large text, and what is no text (1.4.3, 1.4.11).
const LARGE_MIN = 3;
const LARGE_PX = 24;
const LARGE_BOLD_PX = 18.66;
const BOLD = 700;

const COLOR = /rgba?\([^)]*\)|color\(srgb [^)]*\)/g;

/** @throws an error for a notation that computed styles of our pages do not have */
export function parseColor(text: string): Color {
  const isByte = /^rgba?\(/.test(text);
  const numbers = text
    .slice(text.indexOf('('))
    .replace('srgb', '')
    .split(/[^\d.e-]+/)
    .filter((part) => part !== '')
    .map(Number);
  const [red, green, blue, alpha = 1] = numbers;
  if ((!isByte && !text.startsWith('color(srgb ')) || blue === undefined) {
    throw new Error(`'${text}' is no colour in a notation that is known here.`);
  }
  const unit = (value = 0): number => (isByte ? value / 255 : value);
  return [unit(red), unit(green), unit(blue), alpha];
}

/** One colour seen through another; the lower one is opaque. */
function over([red, green, blue, alpha]: Color, below: Color): Color {
  const mix = (upper: number, lower: number): number => upper * alpha + lower * (1 - alpha);
  return [mix(red, below[0]), mix(green, below[1]), mix(blue, below[2]), 1];
}

const faded = ([red, green, blue, alpha]: Color, opacity: number): Color => [
  red,
  green,
  blue,
  alpha * opacity,
];

/**
 * What may lie below: several colours where a gradient runs from one to another.
 *
 * @throws an error where a picture lies there, of which nothing can be said
 */
function groundsOf(layers: readonly Layer[]): { grounds: Color[]; opacity: number } {
  let grounds: Color[] = [WHITE];
  let opacity = 1;
  for (const { ground, image, ...layer } of layers.toReversed()) {
    opacity *= layer.opacity;
    if (image.includes('url(')) throw new Error(`lies on a picture, ${image}`);
    const color = faded(parseColor(ground), opacity);
    grounds = grounds.map((below) => over(color, below));
    const stops = (image.match(COLOR) ?? []).map((stop) => faded(parseColor(stop), opacity));
    if (stops.length === 0) continue;
    grounds = stops.flatMap((stop) => grounds.map((below) => over(stop, below)));
  }
  return { grounds, opacity };
}

function luminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = color
    .slice(0, 3)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1, the same, to 21, black on white. */
export function contrast(one: Color, other: Color): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function neededOf({ kind, sizePx, weight }: Paint): number {
  if (kind !== 'text') return LARGE_MIN;
  const isLarge = sizePx >= LARGE_PX || (sizePx >= LARGE_BOLD_PX && weight >= BOLD);
  return isLarge ? LARGE_MIN : TEXT_MIN;
}

/** What stands out too little, each once, with what it has and what it needs. */
export function contrastFaults(paints: readonly Paint[]): string[] {
  return [...new Set(paints.flatMap((paint) => faultOf(paint) ?? []))];
}

function faultOf(paint: Paint): string | undefined {
  const needed = neededOf(paint);
  try {
    const { grounds, opacity } = groundsOf(paint.layers);
    const against = (ink: string, ground: Color): number =>
      contrast(over(faded(parseColor(ink), opacity), ground), ground);
    const has = Math.min(
      ...grounds.map((ground) => Math.max(1, ...paint.inks.map((ink) => against(ink, ground)))),
    );
    if (has >= needed) return undefined;
    return `${paint.what}: ${has.toFixed(2)} to 1, ${needed} is needed (${paint.inks.join(', ')})`;
  } catch (error) {
    return `${paint.what}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
