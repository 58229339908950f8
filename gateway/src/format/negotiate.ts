import { Problem } from '../problem.ts';

/** The formats of rows, by their media type. The first is what who names none gets. */
export const FORMATS = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'text/csv': 'csv',
  'application/vnd.apache.arrow.stream': 'arrow',
} as const;

export type MediaType = keyof typeof FORMATS;

export const MEDIA_TYPES = Object.keys(FORMATS) as readonly MediaType[];

interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * The media type of an answer by the Accept header (RFC 9110, section 12.5.1): the offered one with
 * the highest quality, of equal ones the first offered.
 *
 * @throws Problem not-acceptable
 */
export function negotiate<Offered extends string>(
  accept: string | undefined,
  offered: readonly Offered[],
): Offered {
  const [first] = offered;
  if (first === undefined) throw new Error('nothing is offered');
  if (accept === undefined || accept.trim() === '') return first;
  const ranges = accept.split(',').map(parseRange);
  let best: { readonly type: Offered; readonly quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  if (best !== undefined) return best.type;
  throw new Problem(
    'not-acceptable',
    `Accept names '${accept.slice(0, 200)}', but this is answered as ${offered.join(', ')}.`,
  );
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(given.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** The most specific range that fits decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const group = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const name of [type, group, '*/*']) {
    const range = ranges.find((each) => each.type === name);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
